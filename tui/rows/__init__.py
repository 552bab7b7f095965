"""What panes show, worked out in a thread: a profile and a place in it turned into rows. Knows nothing of the
screen.
"""
