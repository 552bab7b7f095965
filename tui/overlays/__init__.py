"""What lies over the panes for a moment: help, palette, the prompt, a question."""
