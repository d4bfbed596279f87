"""How good a finished render is, in numbers that mean the same for every method."""
