"""What an analysis says when what was asked for does not exist."""


class ViewError(Exception):
    """The view or the pattern does not fit the profile; the text is one sentence for the user."""
