"""Nights: what is done with whole runs after they are rendered."""
