"""What people look at after a run."""

from semstyle.report.contact_sheet import contact_sheet

__all__ = ["contact_sheet"]
