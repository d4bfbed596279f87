"""What a run asks of the cluster's autoscaler."""
