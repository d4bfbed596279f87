"""Semantic style transfer on a Ray cluster."""

from semstyle.version import running_version

__version__ = running_version()
