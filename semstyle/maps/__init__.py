"""Semantic maps, which say what each pixel of an image means: reading them, checking that two fit, and making them.

A manifest's rows are checked with this package, so it does not import torch.
"""

from semstyle.maps.asked import Asked, is_asked, parse_asked
from semstyle.maps.pairing import check_aspect, pair
from semstyle.maps.reading import SemanticMap, read_map

__all__ = ["Asked", "SemanticMap", "check_aspect", "is_asked", "pair", "parse_asked", "read_map"]
