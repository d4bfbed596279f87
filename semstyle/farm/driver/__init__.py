"""What keeps the cluster at work: one process, which hands out rows and settles how each attempt ended."""
