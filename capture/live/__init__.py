"""Captures of Go processes that run: what they offer, one taken by hand, recordings on a schedule or by rules."""
