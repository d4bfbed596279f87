"""Comparing two nights: pairs of renders, how their numbers and images differ, and what is required of that."""

from semstyle.dataset.comparison.comparison import Comparison, compare_nights
from semstyle.dataset.comparison.matching import Match
from semstyle.dataset.comparison.page import write_page
from semstyle.dataset.comparison.requirements import read_requirements

__all__ = ["Comparison", "Match", "compare_nights", "read_requirements", "write_page"]
