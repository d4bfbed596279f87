"""Pages and contact sheets, which people look at after a run."""

from semstyle.report.contact_sheet import write_contact_sheets

__all__ = ["write_contact_sheets"]
