"""What `cluster/local` is made of: Ray nodes and SeaweedFS on one machine."""
