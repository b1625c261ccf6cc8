"""Which encoding a file is in, and its bytes as UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from redone.sources.ingest.files import open_bytes

_PROBE = 1 << 20
_BAD_LINES = 0.05
"""Share of lines that are no UTF-8 from which the file is taken to be in another encoding as a whole."""
_HAN_SHARE = 0.5
_BLOCK = 1 << 18


def guess_encoding(path: Path) -> str:
    """``utf-8``, ``utf-16`` (by its mark) or ``gb18030``: what the first MiB of a file can be.

    A single bad line does not change a file's encoding: that line is set aside. GB18030 decodes almost any
    bytes, so it is believed only where the result is Chinese.
    """
    with open_bytes(path) as stream:
        probe = stream.read(_PROBE)
    if probe.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    rows = probe.split(b"\n")[: -1 if len(probe) == _PROBE else None]
    bad = [row for row in rows if not _is_utf8(row)]
    if not rows or len(bad) <= _BAD_LINES * len(rows):
        return "utf-8"
    text = b"\n".join(bad).decode("gb18030", "replace")
    beyond = [char for char in text if char > "\x7f"]
    common = sum("\u4e00" <= char <= "\u9fa5" or char in "，。！？、：；“”（）…—" for char in beyond)
    return (
        "gb18030" if beyond and common >= _HAN_SHARE * len(beyond) and "\ufffd" not in text[:-1] else "utf-8"
    )


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class Transcoded:
    """A stream of bytes in some encoding, read as UTF-8; what cannot be decoded becomes invalid UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._blocks = self._decoded(stream, encoding)
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; fewer before the end are possible, none only at the end."""
        if not self._left:
            self._left = next(self._blocks, b"")
        if size < 0:
            size = len(self._left)
        part, self._left = self._left[:size], self._left[size:]
        return part

    @staticmethod
    def _decoded(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)(
            "surrogateescape" if encoding != "utf-16" else "replace"
        )
        while block := stream.read(_BLOCK):
            if text := decoder.decode(block):
                yield text.encode("utf-8", "surrogateescape")
        if rest := decoder.decode(b"", final=True):
            yield rest.encode("utf-8", "surrogateescape")
