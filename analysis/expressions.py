"""Regular expressions as the reference has them: RE2, searched for anywhere, capitals apart."""

from collections.abc import Callable, Sequence

import numpy as np
import re2

from analysis.errors import ViewError
from parsers.profile.model import Bool


def compiled(pattern: str) -> Callable[[str], bool]:
    """Whether the RE2 expression `pattern` matches somewhere in a text. Raises ViewError for one that is none."""
    options = re2.Options()
    options.log_errors = False
    try:
        expression = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise ViewError(f"“{pattern}” is not a regular expression: {reason}") from None
    return lambda text: expression.search(text) is not None


def matching(expression: str, texts: Sequence[str]) -> Bool:
    """Bool per text: whether the expression is found in it. Raises ViewError."""
    return np.fromiter(map(compiled(expression), texts), np.bool_, len(texts))
