"""This package numbers, matches and votes for patches of styles, and traces where they come from."""
