"""How much longer a target that has a hard time is left alone."""

# How many times as long the pauses get at most, and up to how many seconds.
_FACTOR, _LONGEST = 16.0, 900.0
# What a target may ask for.
_ASKED = 3600.0


class Rest:
    """The pauses between rounds: twice as long after each bad one, as usual again after a good one."""

    def __init__(self, usual: float) -> None:
        self._usual = usual
        self._factor = 1.0
        self._asked = 0.0

    @property
    def pause(self) -> float:
        """Seconds from round to round."""
        return max(self._usual, min(self._usual * self._factor, _LONGEST), self._asked)

    @property
    def is_longer(self) -> bool:
        return self.pause > self._usual

    def good(self) -> None:
        self._factor, self._asked = 1.0, 0.0

    def bad(self, asked: float = 0.0) -> None:
        """A round went wrong; `asked` is how many seconds the target asks to be left alone."""
        self._factor, self._asked = min(2 * self._factor, _FACTOR), min(asked, _ASKED)
