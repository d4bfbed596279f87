"""The driver: the process that keeps the cluster at work, hands out rows and settles how each attempt ended."""
