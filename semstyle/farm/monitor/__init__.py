"""Showing how a run is doing: its status, its log, its metrics and its progress."""
