"""What the rows of Top weighed in other captures: found by their labels, for ids differ from file to file."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.memo import memo
from analysis.top import Top, top
from analysis.view import View
from parsers.profile.model import Bool, Int64, Profile


@dataclass(frozen=True, eq=False, slots=True)
class Weights:
    """The flat and cum (int64[n]) of the nodes that have any, and their rows by label: all that is kept of a Top."""

    rows: dict[str, int]
    flat: Int64
    cum: Int64
    total: int


@memo
def weights(profile: Profile, view: View) -> Weights:
    """The weights of a profile's nodes by label. Raises ViewError for a sample type that is not there."""
    return weights_of(top(profile, view))


def weights_of(result: Top) -> Weights:
    """The weights of a Top's nodes by label; nodes with one label, which only hostile files have, add up."""
    shown = np.flatnonzero((result.flat != 0) | (result.cum != 0))
    rows: dict[str, int] = {}
    place = np.array([rows.setdefault(result.nodes.label(node), len(rows)) for node in shown.tolist()], np.int64)
    flat, cum = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    np.add.at(flat, place, result.flat[shown])
    np.add.at(cum, place, result.cum[shown])
    return Weights(rows, flat, cum, result.total)


def changed(profile: Profile, before: Profile, view: View) -> Bool:
    """Bool per node of `profile`: whether it weighed otherwise `before`. Raises ViewError as `weights` does."""
    result = top(profile, view)
    flat, cum = aligned(weights(before, view), result.nodes.labels())
    otherwise: Bool = (result.flat != flat) | (result.cum != cum)
    return otherwise


def aligned(found: Weights, labels: Sequence[str]) -> tuple[Int64, Int64]:
    """int64[len(labels)] each: flat and cum of the nodes with these labels, 0 for one that is not there."""
    at = np.fromiter((found.rows.get(each, -1) for each in labels), np.int64, len(labels))
    there = at >= 0
    flat, cum = np.zeros(len(labels), np.int64), np.zeros(len(labels), np.int64)
    flat[there], cum[there] = found.flat[at[there]], found.cum[at[there]]
    return flat, cum
