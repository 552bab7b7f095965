"""Rules as they are typed."""

from dataclasses import dataclass

from capture.open import CaptureError


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition, and what it needs to know."""

    text: str
    names: frozenset[str] = frozenset()


def rule(text: str) -> Rule:
    """What a text stands for. Raises CaptureError."""
    raise CaptureError.of(f"“{text}”: rules are not understood yet")
