"""What `cluster/local` is made of: a Ray head, a second Ray node and SeaweedFS on one machine."""
