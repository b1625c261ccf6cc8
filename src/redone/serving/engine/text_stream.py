"""Ids to text while they arrive: nothing is sent that a later token could still change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

UNFINISHED = "\ufffd"
"""What a decoder shows for bytes that are not yet a character."""
LONGEST_CHARACTER = 8
"""Tokens after which broken bytes are taken for what they are."""


class TextStream:
    """Decodes one answer token by token and looks for stop strings.

    The pieces joined are the decoded answer without space at both ends, cut before the first stop string.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], stop: tuple[str, ...] = ()) -> None:
        self._decode = decode
        self._stop = stop
        self._ids: list[int] = []
        self._start = 0  # where the window begins that is decoded together
        self._read = 0  # tokens whose text has been taken
        self._held = ""  # text that may still become part of a stop string, or the space at the end
        self._begun = False
        self.stopped = False

    def push(self, token: int) -> str:
        """Add a token; returns the text that is now settled."""
        self._ids.append(token)
        before = self._decode(self._ids[self._start : self._read])
        text = self._decode(self._ids[self._start :])
        if text.endswith(UNFINISHED) and len(self._ids) - self._read < LONGEST_CHARACTER:
            return ""
        self._start, self._read = self._read, len(self._ids)
        self._held += text[len(before) :]
        return self._settle()

    def close(self) -> str:
        """The text that was held back; nothing after a stop string."""
        if self.stopped:
            return ""
        if self._read < len(self._ids):
            before = self._decode(self._ids[self._start : self._read])
            self._held += self._decode(self._ids[self._start :])[len(before) :]
            self._read = len(self._ids)
        settled = self._settle()
        rest = "" if self.stopped else self._trimmed(self._held.rstrip())
        self._held = ""
        return settled + rest

    def _settle(self) -> str:
        found = [at for at in (self._held.find(s) for s in self._stop) if at >= 0]
        if found:
            self.stopped = True
            settled = self._held[: min(found)].rstrip()
            self._held = ""
            return self._trimmed(settled)
        keep = max((_overlap(self._held, s) for s in self._stop), default=0)
        settled = self._held[: len(self._held) - keep].rstrip()
        self._held = self._held[len(settled) :]
        return self._trimmed(settled)

    def _trimmed(self, text: str) -> str:
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        return text


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of ``text`` that begins ``stop``."""
    return next((n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0)
