"""Grid specs: a few lines of YAML that stand for many rows of a manifest."""

from semstyle.manifest.specs.job import CheckedJob
from semstyle.manifest.specs.reading import MOST_ROWS, MOST_SPEC_BYTES, read_spec
from semstyle.manifest.specs.spec import Spec

__all__ = ["MOST_ROWS", "MOST_SPEC_BYTES", "CheckedJob", "Spec", "read_spec"]
