"""Events out of a stream of `text/event-stream`, however its bytes were cut.

The format is the HTML standard's, https://html.spec.whatwg.org/multipage/server-sent-events.html: lines end with CRLF,
LF or CR, an empty line ends an event, the `data` lines of an event are one text, a comment begins with a colon.
"""

from __future__ import annotations

from typing import Final

#: A line, or the data of one event, may be so long; what is longer is dropped, and its bytes counted.
#: The last event of a `responses` stream repeats the whole answer.
EVENT_BYTES_MAX: Final = 2 * 1024 * 1024

_BOM: Final = b"\xef\xbb\xbf"
_IGNORED: Final = b":"


class SseScanner:
    """Of one stream. Holds at most two times `EVENT_BYTES_MAX`.

    >>> scanner = SseScanner()
    >>> scanner.feed(b": hello\\r\\ndata: {}\\r"), scanner.feed(b"\\n\\r\\ndata:[DO"), scanner.feed(b"NE]\\n\\n")
    ([], [b'{}'], [b'[DONE]'])
    """

    __slots__ = ("_data", "_data_bytes", "_ended_with_cr", "_held", "_is_dropping", "_is_first", "dropped")

    def __init__(self) -> None:
        self._held = bytearray()  # of a line that has not ended
        self._data: list[bytes] = []  # of an event that has not ended
        self._data_bytes = 0
        self._is_dropping = False  # the rest of a line that is too long
        self._is_first = True
        self._ended_with_cr = False  # a line feed that comes next belongs to it
        self.dropped = 0  # bytes that were too long to be looked at

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of each event that has now ended."""
        if not chunk:
            return []
        if self._ended_with_cr and chunk[:1] == b"\n":
            chunk = chunk[1:]
        self._ended_with_cr = chunk[-1:] == b"\r"
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" not in chunk:
            self._hold(chunk)
            return []
        lines = chunk.split(b"\n")
        last = lines.pop()
        if self._held or self._is_dropping:
            self._hold(lines[0])
            lines[0] = _IGNORED if self._is_dropping else bytes(self._held)
            self._held.clear()
            self._is_dropping = False
        found: list[bytes] = []
        for line in lines:
            self._read(line, found)
        if last:
            self._hold(last)
        return found

    def finish(self) -> list[bytes]:
        """The data of an event that the stream ended in the middle of."""
        found: list[bytes] = []
        if self._held:
            self._read(bytes(self._held), found)
            self._held.clear()
        self._read(b"", found)
        return found

    def _hold(self, part: bytes) -> None:
        if self._is_dropping:
            self.dropped += len(part)
            return
        self._held += part
        if len(self._held) > EVENT_BYTES_MAX:
            self.dropped += len(self._held)
            self._held.clear()
            self._is_dropping = True

    def _read(self, line: bytes, found: list[bytes]) -> None:
        if self._is_first:
            self._is_first = False
            line = line.removeprefix(_BOM)
        if not line:
            if self._data:
                found.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data = []
                self._data_bytes = 0
        elif line.startswith(b"data:"):
            self._add(line[6:] if line[5:6] == b" " else line[5:])
        elif line == b"data":
            self._add(b"")

    def _add(self, part: bytes) -> None:
        if self._data_bytes + len(part) > EVENT_BYTES_MAX or len(self._data) >= EVENT_BYTES_MAX // 64:
            self.dropped += len(part)
            return
        self._data.append(part)
        self._data_bytes += len(part)
