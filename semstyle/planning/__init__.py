"""What a manifest will take before it is run: time, memory, money, and the rows that will not fit."""

from semstyle.planning.against import PlanComparison, compare_with_records
from semstyle.planning.forecast import Forecast, PlannedRow
from semstyle.planning.foresight import PlanOptions, foresee_manifest

__all__ = ["Forecast", "PlanComparison", "PlanOptions", "PlannedRow", "compare_with_records", "foresee_manifest"]
