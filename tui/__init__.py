"""Results to the screen, and the command line."""
