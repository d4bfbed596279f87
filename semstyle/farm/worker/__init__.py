"""What runs in Ray's worker processes: attempts at renders."""
