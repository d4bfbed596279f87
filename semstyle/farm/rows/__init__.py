"""Choosing the rows of a manifest that are still to be rendered."""
