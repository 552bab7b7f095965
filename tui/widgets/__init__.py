"""Widgets that draw results and know nothing of profiles or traces."""
