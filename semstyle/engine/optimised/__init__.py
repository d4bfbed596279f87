"""This package has the methods that minimise a loss over the pixels."""
