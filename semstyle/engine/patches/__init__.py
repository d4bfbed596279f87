"""Patches of styles: numbered, matched, voted for, and traced back to where they come from."""
