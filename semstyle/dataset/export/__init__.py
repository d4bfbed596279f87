"""Making a data set of a run: splits without leaks, files that the usual readers read, and a card that describes it."""

from semstyle.dataset.export.export import Exported, export_dataset
from semstyle.dataset.export.options import DatasetFormat, ExportOptions, parse_shares
from semstyle.dataset.export.splitting.earlier import read_known_splits
from semstyle.dataset.export.splitting.splits import KnownSplits

__all__ = [
    "DatasetFormat",
    "ExportOptions",
    "Exported",
    "KnownSplits",
    "export_dataset",
    "parse_shares",
    "read_known_splits",
]
