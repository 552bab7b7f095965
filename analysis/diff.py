"""One profile less another, as `go tool pprof -diff_base` and `-base`: a profile with negative values too.

What is one and the same in both is for analysis.merge to tell; here the base is scaled, marked and made negative.
"""

from dataclasses import replace
from enum import StrEnum

import numpy as np

from analysis.merge import alike, merge, scaled
from analysis.samples import BASE_LABEL
from parsers.profile.model import Labels, Profile


class Against(StrEnum):
    """What percentages of a difference are of, as pprof's flags of the same names."""

    DIFF_BASE = "diff_base"  # what the base adds up to
    BASE = "base"  # what is left, all of it counted as positive: meant for a base that is part of the new profile


def diff(new: Profile, base: Profile, *, against: Against = Against.DIFF_BASE, normalize: bool = False) -> Profile:
    """`new` less `base` (google/pprof's fetchProfiles), in the sample types and units of `analysis.merge.alike`.

    Under DIFF_BASE the base's samples carry BASE_LABEL and stay beside those of `new`, so that `analysis.samples.total`
    is the base's; under BASE equal samples become one, and nothing where they are equal in weight as well. `normalize`
    scales `new` first, so that each sample type adds up to what it does in the base.

    The reference leaves drop_frames out (`analysis.prune`) of the difference, by the expressions of `new`. Where both
    profiles have the same ones and were pruned before, the rows are the same, and so is the total under DIFF_BASE; that
    of BASE is less where stacks differ only in what was dropped. Raises ViewError as `analysis.merge.merge` does.
    """
    new, base = alike([new, base])
    if normalize:
        new = scaled(new, _ratios(new, base))
    if against is Against.DIFF_BASE:
        base = _labelled(base)
    return merge([new, scaled(base, [-1.0] * len(base.sample_types))])


def _ratios(new: Profile, base: Profile) -> list[float]:
    """What to multiply each sample type of `new` with for the sum of the base, which need not be that of |value|."""
    sums = zip(base.values.sum(axis=0).tolist(), new.values.sum(axis=0).tolist(), strict=True)
    return [float(wanted) / float(own) if own else 0.0 for wanted, own in sums]


def _labelled(profile: Profile) -> Profile:
    """The profile with BASE_LABEL on every sample, instead of any other text under that key."""
    rows = {text: row for row, text in enumerate(profile.strings)}
    key, text = (rows.setdefault(each, len(rows)) for each in BASE_LABEL)
    labels, n = profile.labels, profile.n_samples
    kept = (labels.key != key) | (labels.text == 0)
    sample = np.append(labels.sample[kept], np.arange(n, dtype=np.int32))
    order = np.argsort(sample, kind="stable")
    return replace(
        profile,
        labels=Labels(
            sample[order],
            np.append(labels.key[kept], np.full(n, key, np.int32))[order],
            np.append(labels.text[kept], np.full(n, text, np.int32))[order],
            np.append(labels.number[kept], np.zeros(n, np.int64))[order],
            np.append(labels.unit[kept], np.zeros(n, np.int32))[order],
        ),
        strings=tuple(rows),
        memo={},
    )
