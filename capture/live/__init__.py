"""Captures of Go processes that run: what they offer, one taken by hand, recordings on a schedule or by rules."""

USUAL_TAKE = "cpu=10s,heap,allocs,goroutine,block,mutex,trace=2s"
"""What is taken unless something else is said; here, where the command line's help has it without any other import."""
