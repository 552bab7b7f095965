"""The profile that Top, Tree and Source draw: a capture's own, or one that is derived from a trace."""

from collections.abc import Callable

from analysis.derive import default_kind, derived
from analysis.memo import memo
from analysis.paths import with_files
from analysis.view import View
from parsers.profile.model import Profile
from parsers.trace.model import Trace
from tui.finder import Finder

_WHY_EMPTY = {
    "cpu": "No CPU samples{}: a trace has them of a CPU profile that is taken at the same time.",
    "sched": "No goroutine waited for a P{}.",
    "sync": "No goroutine blocked on a channel, a select or a lock{}.",
    "net": "No goroutine waited for the network{}.",
    "syscall": "No goroutine was in a system call{}.",
}


def derived_profile(trace: Trace, view: View, finder: Finder) -> Profile:
    """The profile of `trace` that `view` names, with file names as the user wants them."""
    profile = derived(trace, kind_of(trace, view), view.window)
    return _renamed(profile, finder.sources.trim) if finder.asked else profile


def why_empty(trace: Trace, view: View) -> str:
    """One sentence for a derived profile without samples."""
    return _WHY_EMPTY[kind_of(trace, view)].format(" in the marked window" if view.window else "")


def kind_of(trace: Trace, view: View) -> str:
    """Which of `analysis.derive.KINDS` is looked at."""
    return view.profile or default_kind(trace)


@memo
def _renamed(profile: Profile, rewrite: Callable[[str], str]) -> Profile:
    return with_files(profile, rewrite)
