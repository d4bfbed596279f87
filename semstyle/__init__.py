"""Semantic style transfer on a Ray cluster."""

from semstyle.openmp import let_others_work
from semstyle.version import running_version

let_others_work()
__version__ = running_version()
