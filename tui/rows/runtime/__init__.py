"""The pages of the Runtime pane: tables, the pictures above them, and where their rows lead."""
