"""Copying through the terminal (OSC 52), which reaches the user's own machine over SSH and through tmux."""

import base64
import os
from collections.abc import Mapping


def sequence(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """What makes a terminal copy `text`; inside tmux also wrapped, for a tmux that only passes things on."""
    copy = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"
    if "TMUX" not in environ:
        return copy
    return f"{copy}\x1bPtmux;{copy.replace(chr(27), chr(27) * 2)}\x1b\\"
