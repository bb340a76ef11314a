"""Where log lines go: a stream that never makes anybody wait. Whoever reads the log may be slow, stuck or gone; people
write on, and the lines that found no place are counted."""

from __future__ import annotations

import io
import os
import select
from typing import TextIO

from gevent.monkey import get_original

AT_ONCE = 4_096  # bytes that a pipe which is ready takes without waiting


class NeverWaiting(io.TextIOBase):
    """In place of `stream`, for one process."""

    def __init__(self, stream: TextIO) -> None:
        self._descriptor = stream.fileno()
        self._is_terminal = stream.isatty()
        self._ready = get_original("select", "poll")()  # gevent's would let others run within a line
        self._ready.register(self._descriptor, select.POLLOUT)
        self.lost = 0
        self._is_torn = False

    def write(self, text: str) -> int:
        line = text.encode(errors="backslashreplace")
        if self.lost or self._is_torn:
            line = b'\n{"event": "log_lines_lost", "count": %d}\n' % self.lost + line
        if self._pour(line):
            self.lost, self._is_torn = 0, False
        else:
            self.lost += 1
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return self._is_terminal

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def _pour(self, line: bytes) -> bool:
        for at in range(0, len(line), AT_ONCE):
            if not self._take(line[at : at + AT_ONCE]):
                self._is_torn = at > 0
                return False
        return True

    def _take(self, part: bytes) -> bool:
        try:
            if not self._ready.poll(0):
                return False
            os.write(self._descriptor, part)
        except OSError:  # a full disk, a reader that is gone
            return False
        return True
