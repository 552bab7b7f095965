"""Which of a profile's sample types is looked at, and what all samples of it add up to."""

from collections.abc import Sequence

import numpy as np

from analysis.errors import ViewError
from parsers.profile.model import Int64, Profile

# The label of the samples that percentages of a difference are of, as `go tool pprof -diff_base` writes it.
BASE_LABEL = ("pprof::base", "true")


def sample_index(profile: Profile, wanted: str = "") -> int:
    """The column of `Profile.values` that `wanted` names; see `chosen`. Raises ViewError."""
    return chosen([value_type.type for value_type in profile.sample_types], profile.default_sample_type, wanted)


def chosen(names: Sequence[str], default: str, wanted: str) -> int:
    """Which of these sample types `wanted` names: by name, by its name without "inuse_", or by index.

    With "", `default` where that exists, else the last one (internal/driver/cli.go and profile/index.go of
    google/pprof). Raises ViewError.
    """
    if not names:
        raise ViewError("the profile has no sample types")
    if not wanted:
        return names.index(default) if default in names else len(names) - 1
    if wanted.isascii() and wanted.isdigit():
        if int(wanted) < len(names):
            return int(wanted)
        raise ViewError(f"sample index {wanted} is out of range: there are 0 to {len(names) - 1}")
    for name in (wanted, wanted.removeprefix("inuse_")):
        if name in names:
            return names.index(name)
    raise ViewError(f"no sample type “{wanted}”: there are {', '.join(names)}")


def weights(profile: Profile, index: int) -> Int64:
    """int64[n_samples]: the chosen sample type's values."""
    return profile.values[:, index]


def total(profile: Profile, index: int) -> int:
    """What percentages are of: the sum of |value|, of the samples labelled `pprof::base` alone where there are any.

    As `computeTotal` of google/pprof's internal/report, and like there in int64. Of what a filter left, it is that of
    all there was.
    """
    if profile.whole is not None:
        return profile.whole[index]
    values = weights(profile, index)
    base = base_samples(profile)
    if len(base) and (of_base := int(np.abs(values[base]).sum())) > 0:
        return of_base
    return int(np.abs(values).sum())


def base_samples(profile: Profile) -> Int64:
    """int64: the samples that carry BASE_LABEL."""
    labels = profile.labels
    try:
        key, true = map(profile.strings.index, BASE_LABEL)
    except ValueError:
        return np.zeros(0, np.int64)
    return np.unique(labels.sample[(labels.key == key) & (labels.text == true)]).astype(np.int64)
