"""This package judges a finished render, in numbers that mean the same for every method."""
