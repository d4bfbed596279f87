"""Measuring how long each quantity of a render's work takes on this machine, for :mod:`semstyle.cost`."""
