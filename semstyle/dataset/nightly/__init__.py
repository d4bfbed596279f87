"""A night's data set: a spec rendered into a folder of the date, verified, exported, compared, and pointed to."""

from semstyle.dataset.nightly.nightly import NightSummary, make_night, plan_night
from semstyle.dataset.nightly.order import NightOrder

__all__ = ["NightOrder", "NightSummary", "make_night", "plan_night"]
