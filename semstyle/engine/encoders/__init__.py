"""The networks in whose features patches are compared, and the files of their weights."""
