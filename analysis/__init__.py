"""Pure functions from columns and a View to plain results: rows, trees, listings."""
