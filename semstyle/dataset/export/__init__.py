"""Making a data set of a run: splits without leaks, files that the usual readers read, and a card that describes it."""

from semstyle.dataset.export.export import Exported, export_dataset
from semstyle.dataset.export.options import DatasetFormat, ExportOptions, parse_shares

__all__ = ["DatasetFormat", "ExportOptions", "Exported", "export_dataset", "parse_shares"]
