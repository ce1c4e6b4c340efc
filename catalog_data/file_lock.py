"""A lock on a file that the operating system takes back when its holders die, however they die.

Nothing is left behind that a restart would have to clear away, and no process can believe itself alone while
another still works. Threads exclude each other too.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PAUSE_SECONDS = 0.002


class FileLock:
    """The lock that the file at ``path`` stands for; the file is made where it is missing, and stays.

    A process that inherits ``fileno`` holds the lock together with this one, until both have let go.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self, seconds: float = 0.0) -> bool:
        """Whether the lock was got within ``seconds``. Raises ``OSError`` where the file cannot be made."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + seconds
        while not _locked(file):
            if time.monotonic() >= deadline:
                os.close(file)
                return False
            time.sleep(PAUSE_SECONDS)
        self._file = file
        return True

    def fileno(self) -> int:
        """The descriptor to be inherited; only while the lock is held."""
        if self._file is None:
            raise ValueError(f"{self._path} is not held")
        return self._file

    def release(self) -> None:
        """Let go; nothing happens where the lock is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _locked(file: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
