"""Semantic maps: which pixel of an image means what. Reading them, and checking that two belong together."""

from semstyle.maps.pairing import check_aspect, pair
from semstyle.maps.reading import SemanticMap, read_map

__all__ = ["SemanticMap", "check_aspect", "pair", "read_map"]
