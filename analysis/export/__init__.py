"""What is on the screen as files that other tools read: pure functions that yield the pieces of a file."""
