"""Which encoding a file is in, and its bytes as UTF-8."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from redone.sources.ingest.files import open_bytes

_PROBE = 1 << 20
_BAD_LINES = 0.05
"""Share of lines that are no UTF-8 from which the file is taken to be in another encoding as a whole."""
_HAN_SHARE = 0.5
_BROKEN_SHARE = 0.02
"""Share of characters that may be damaged in a file of a Chinese encoding."""
_ZEROS = 0.02
"""Share of zeros from which bytes may be UTF-16: Chinese text has them at digits, spaces and line ends."""
_KNOWN_SHARE = 0.25
"""Share of plain and usual Chinese characters in text; in other bytes read as UTF-16 there are next to none."""
_BLOCK = 1 << 18
_LONGEST_ROW = 1 << 24
"""Bytes of a line that are held at once; what is longer is set aside by every reader."""
_CHINESE = frozenset({"gb18030", "gbk", "big5"})
_WESTERN = frozenset({"cp1252", "latin-1"})
"""Encodings in which a line ends with the same byte as in UTF-8, and which hardly ever look like UTF-8."""
_COMMON = frozenset(
    "的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着"
    "下自之年过過发發后後作里裡用道行所然家事成方多经經么麼去法学學如都同现現没沒动動面起看定天分还還进進好小"
    "部其些主样樣心她本前开開但因只从從想实實日无無力它与與长長把手十知全三关關点點正高间間由问問很最吗嗎吧啊"
    "呢真爱愛吃买買店家味新今明次太再"
)
"""Characters that make up a good part of any Chinese text, and next to nothing of one in the wrong encoding."""
_LONE_LETTER = re.compile(rb"(?<![\x80-\xff])[\x80\x85\x91-\x97\xa1-\xfe](?![\x80-\xff])")
_LETTERS = 5
"""Western letters from which a file is taken to be in a Western encoding, not to be damaged."""


def guess_encoding(path: Path) -> str:
    """``utf-8``, ``utf-16`` (by its mark, or by its zeros), ``gb18030``, ``big5`` or ``cp1252``.

    What the first MiB of a file can be. A single bad line does not change a file's encoding: that line is set
    aside. GB18030 and Big5 decode almost any bytes, so they are believed only where the result is Chinese, and
    the one that gives more of the usual characters. Western letters stand alone between plain ones.
    """
    with open_bytes(path) as stream:
        probe = stream.read(_PROBE)
    if probe.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if (wide := _without_mark(probe)) is not None:
        return wide
    rows = probe.split(b"\n")[: -1 if len(probe) == _PROBE else None]
    bad = [row for row in rows if not _is_utf8(row)]
    if not rows or len(bad) <= _BAD_LINES * len(rows):
        return "utf-8"
    text = b"\n".join(bad)
    chinese = {encoding: _usual(text, encoding) for encoding in ("gb18030", "big5")}
    best = max(chinese, key=lambda encoding: chinese[encoding])
    if chinese[best] > 0:
        return best
    high = sum(byte >= 0x80 for byte in text)
    return "cp1252" if len(_LONE_LETTER.findall(text)) >= max(_LETTERS, 0.8 * high) else "utf-8"


def _without_mark(probe: bytes) -> str | None:
    """UTF-16 without a mark: plain characters have a zero beside them, on one side but for some Chinese ones."""
    before, behind = probe[0::2].count(0), probe[1::2].count(0)
    if before + behind < max(4, _ZEROS * len(probe)):
        return None
    if min(before, behind) <= 0.1 * max(before, behind):
        return "utf-16-le" if behind > before else "utf-16-be"
    # A character such as U+4E00 has its zero on the other side; bytes that are no text are hardly that Chinese.
    known = {encoding: _known_share(probe[: 1 << 16], encoding) for encoding in ("utf-16-le", "utf-16-be")}
    best = max(known, key=lambda encoding: known[encoding])
    return best if known[best] > _KNOWN_SHARE else None


def _known_share(raw: bytes, encoding: str) -> float:
    text = raw.decode(encoding, "replace")
    return sum(char in _COMMON or " " <= char < "\x7f" or char in "\t\r\n" for char in text) / max(
        len(text), 1
    )


def _usual(raw: bytes, encoding: str) -> float:
    """Share of usual characters among those beyond ASCII; 0 if the bytes are no Chinese in this encoding."""
    beyond = [char for char in raw.decode(encoding, "replace") if char > "\x7f"]
    if not beyond or beyond.count("\ufffd") > _BROKEN_SHARE * len(beyond) + 1:
        return 0.0
    common = sum("\u4e00" <= char <= "\u9fa5" or char in "，。！？、：；“”（）…—" for char in beyond)
    if common < _HAN_SHARE * len(beyond):
        return 0.0
    # Not zero for a text of rare characters: GB18030 is then the likelier one.
    return sum(char in _COMMON for char in beyond) / len(beyond) + (2e-6 if encoding == "gb18030" else 1e-6)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class Transcoded:
    """A stream of bytes in some encoding, read as UTF-8; what cannot be decoded becomes invalid UTF-8.

    Dumps of several tools are often put together in one file: a line that already is UTF-8 stays as it is.
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        by_line = encoding in _CHINESE or encoding in _WESTERN
        self._blocks = _decoded_lines(stream, encoding) if by_line else _decoded(stream, encoding)
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; fewer before the end are possible, none only at the end."""
        if not self._left:
            self._left = next(self._blocks, b"")
        if size < 0:
            size = len(self._left)
        part, self._left = self._left[:size], self._left[size:]
        return part


def _decoded_lines(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    left = b""
    while block := stream.read(_BLOCK):
        *rows, left = (left + block).split(b"\n")
        if rows:
            yield b"".join(_row(row, encoding) + b"\n" for row in rows)
        if len(left) > _LONGEST_ROW:
            yield _row(left, encoding)
            left = b""
    if left:
        yield _row(left, encoding)


def _row(raw: bytes, encoding: str) -> bytes:
    # Two or three characters of GB18030 can be UTF-8 by chance, but then not Chinese that anybody writes.
    if raw.isascii() or (
        _is_utf8(raw) and (encoding in _WESTERN or _usual(raw, "utf-8") > _usual(raw, encoding))
    ):
        return raw
    return raw.decode(encoding, "surrogateescape").encode("utf-8", "surrogateescape")


def _decoded(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    # Bytes that are no text stay what they are; half a pair of UTF-16 becomes bytes that no UTF-8 has.
    errors = "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    while block := stream.read(_BLOCK):
        if text := decoder.decode(block):
            yield text.encode("utf-8", errors)
    try:
        rest = decoder.decode(b"", final=True).encode("utf-8", errors)
    except UnicodeDecodeError:
        rest = b"\xff"  # the file ends inside a character
    if rest:
        yield rest
