"""What a search finds."""

from collections.abc import Iterable


def found_in(query: str, texts: Iterable[str]) -> list[int]:
    """Which of `texts` have `query` in them; one without capitals finds them as well."""
    if query != query.lower():
        return [at for at, text in enumerate(texts) if query in text]
    return [at for at, text in enumerate(texts) if query in text.lower()]
