"""Conditions about what a program says of itself, in PromQL, and whether they hold."""
