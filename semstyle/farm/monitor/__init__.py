"""What a run shows of itself: its status, its log, its metrics, its progress."""
