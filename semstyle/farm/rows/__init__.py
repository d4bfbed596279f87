"""Which rows of a manifest are still to be rendered."""
