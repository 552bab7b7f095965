"""Which directories lie on a file system that others write to unseen: it tells nobody here of what changes in it."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
# Network file systems, and what virtual machines share with their hosts, by the names that Linux knows them under.
_REMOTE = re.compile(
    "9p|acfs|afs|beegfs|ceph|cifs|coda|davfs|drvfs|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|orangefs|panfs|prl_fs|"
    "pvfs2|smb[23]|smbfs|vboxsf|virtiofs|vmhgfs|wekafs"
)
# Of file systems in user space most are remote; these are the local ones.
_LOCAL_FUSE = frozenset(["fuse.fuse-overlayfs", "fuse.mergerfs", "fuse.bindfs", "fuse.gocryptfs", "fuse.encfs"])


def remote(directories: Iterable[Path]) -> set[Path]:
    """Those in which changes are to be looked for. Where the mounts are not known, there are none."""
    known = mounts()
    return {path for path in directories if _untold(file_system(os.path.realpath(path), known))}


def mounts() -> list[tuple[str, str]]:
    """Mount points and the types of what is mounted there, the latest last: proc(5), /proc/pid/mountinfo."""
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        mount, _, about = line.partition(b" - ")
        fields = mount.split(b" ")
        if len(fields) >= 6 and about:
            point = re.sub(rb"\\([0-3][0-7]{2})", lambda escape: bytes([int(escape[1], 8)]), fields[4])
            found.append((os.fsdecode(point), os.fsdecode(about.split(b" ")[0])))
    return found


def file_system(path: str, known: Sequence[tuple[str, str]]) -> str:
    """The type of what the absolute `path` lies on, "" if no mount is known that it lies in."""
    around = [mount for mount in known if f"{path}/".startswith(f"{mount[0].rstrip('/')}/")]
    # The innermost; of two mounts at one point the latest, which hides the other.
    return max(reversed(around), key=lambda mount: len(mount[0]), default=("", ""))[1]


def _untold(kind: str) -> bool:
    return bool(_REMOTE.fullmatch(kind)) or (kind.startswith("fuse.") and kind not in _LOCAL_FUSE)
