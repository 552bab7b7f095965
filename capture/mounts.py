"""Which directories lie on a file system that others write to unseen: it tells nobody here of what changes in it."""

import os
import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
# Network file systems, and what virtual machines share with their hosts, by the names that Linux knows them under.
_REMOTE = re.compile(
    "9p|acfs|afs|beegfs|ceph|cifs|coda|davfs|drvfs|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|orangefs|panfs|prl_fs|"
    "pvfs2|smb[23]|smbfs|vboxsf|virtiofs|vmhgfs|wekafs"
)
# Of file systems in user space most are remote; these are the local ones.
_LOCAL_FUSE = frozenset(["fuse.fuse-overlayfs", "fuse.mergerfs", "fuse.bindfs", "fuse.gocryptfs", "fuse.encfs"])


def remote(path: Path) -> bool:
    """Whether what changes at `path` is to be looked for. Where the mounts are not known, it is not."""
    kind = file_system(os.path.realpath(path))
    return bool(_REMOTE.fullmatch(kind)) or (kind.startswith("fuse.") and kind not in _LOCAL_FUSE)


def file_system(path: str) -> str:
    """The type of the file system that the absolute `path` lies on, "" if unknown: proc(5), /proc/pid/mountinfo."""
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        mount, _, about = line.partition(b" - ")
        fields = mount.split(b" ")
        if len(fields) < 6 or not about:
            continue
        point = os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda escape: bytes([int(escape[1], 8) & 255]), fields[4]))
        # Of two mounts at one point, the later one is seen.
        if len(point) >= len(best) and f"{path}/".startswith(f"{point.rstrip('/')}/"):
            best, kind = point, os.fsdecode(about.split(b" ")[0])
    return kind
