"""A measured figure beside what it may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    name: str
    measured: float
    most: float
    unit: str = ""

    def __str__(self) -> str:
        verdict = "ok" if self.measured <= self.most else "OVER"
        return f"{self.name:<50} {self.measured:10.3f} {self.unit:<3} of {self.most:g} {self.unit:<3} {verdict}"
