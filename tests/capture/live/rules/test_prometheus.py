"""Expressions come to what a real Prometheus says they do (ask_prometheus.py)."""

import json
from typing import Any

import pytest

from capture.open import CaptureError
from tests.capture.live.rules.ask_prometheus import GOLDEN
from tests.capture.live.rules.scrapes import evaluated, load, vector

_GOLDEN: dict[str, Any] = json.loads(GOLDEN.read_text())
_SAMPLES = load(_GOLDEN["every"], _GOLDEN["series"])


@pytest.mark.parametrize("expression", _GOLDEN["expressions"])
def test_an_expression_comes_to_the_same(expression: str) -> None:
    said = _GOLDEN["expressions"][expression]
    if said is None:
        with pytest.raises(CaptureError):
            evaluated(expression, _SAMPLES, _GOLDEN["moment"])
        return
    expected = vector({text: float(each) for text, each in said.items()}) if isinstance(said, dict) else float(said)
    found = evaluated(expression, _SAMPLES, _GOLDEN["moment"])
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)
