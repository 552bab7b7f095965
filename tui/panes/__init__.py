"""The panes: each shows one result of `tui.rows` and answers the keys that only it has."""
