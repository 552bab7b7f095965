"""Bytes to columns: the formats goscope reads, and nothing of tables or screens."""
