"""What the system says of a process: who started it, the memory it holds, its open files, the time it took."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int | str) -> list[str]:
    """The fields of /proc/PID/stat from the third on: a name in the second may hold blanks."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()


def children(pid: int) -> dict[int, str]:
    """The processes that it started and that have not ended, by their numbers, with their command lines."""
    found = {}
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and _stat(folder.name)[1] == str(pid) and _stat(folder.name)[0] != "Z":
                command = (folder / "cmdline").read_bytes()
                found[int(folder.name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def memory(pid: int) -> int:
    """Bytes of memory that are its own alone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def open_files(pid: int) -> int:
    """How many files, sockets and pipes it has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def seconds_of_processor(pid: int) -> float:
    """Processor time of all its threads since it began."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS


def seconds_of_this_run() -> float:
    """Processor time of this process and of all that it started, whatever has become of them."""
    total, left = 0.0, [os.getpid()]
    while left:
        pid = left.pop()
        try:
            left += children(pid)
            total += sum(map(int, _stat(pid)[11:15])) / _TICKS
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def seconds_of_all() -> float:
    """Processor time that anybody took on this machine, what its host took from it included."""
    user, nice, system, _idle, _waiting, *more = Path("/proc/stat").read_text(encoding="utf-8").split()[1:9]
    return sum(map(int, (user, nice, system, *more))) / _TICKS
