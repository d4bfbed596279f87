"""A manifest handed to a cluster through Ray Jobs, from a machine that need not stay connected.

Only :mod:`semstyle.submission.head` imports Ray.
"""
