"""The run folder: ``run.json`` says what the answers depend on, ``predictions.jsonl`` holds one a line.

A line is written as soon as its answer is there. What a kill leaves half-written at the end of the file is
cut off on the next start. Answers are never mixed: a folder whose facts differ is refused, by name.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from redone.errors import UserError

Place = tuple[str, int]
WORK = "work.json"


def key_of(facts: Mapping[str, Any]) -> str:
    """Return the cache key: the hash of everything that an answer or its score depends on."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode("utf-8")).hexdigest()[:16]


class AnswerStore:
    """The answers of one run, opened for adding; use it in a ``with`` block."""

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        """Open or begin the folder.

        Raises:
            UserError: it holds the answers of another model, prompt, decoding, data or scorer.

        """
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "predictions.jsonl"
        self.facts = dict(facts)
        self._check(folder / "run.json")
        self.done = self._read()
        self._stream = self.path.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def add(self, place: Place, output: str | None, extra: Mapping[str, Any]) -> None:
        """Store an answer; it is on its way to the disk when this returns."""
        row = {"file": place[0], "index": place[1], "output": output, **extra}
        # ASCII escapes keep lone surrogates, which a cut-off answer may hold.
        self._stream.write(json.dumps(row).encode("ascii") + b"\n")
        self._stream.flush()
        if output is not None:
            self.done.add(place)

    def sync(self) -> None:
        """Wait until everything stored is on the disk."""
        os.fsync(self._stream.fileno())

    def _check(self, path: Path) -> None:
        if path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))["facts"]
            differing = [n for n in {**found, **self.facts} if found.get(n) != self.facts.get(n)]
            if differing:
                changes = "; ".join(f"{n}: {found.get(n)!r} -> {self.facts.get(n)!r}" for n in differing)
                raise UserError(f"{path.parent} holds answers to other facts ({changes}); name another --out")
            return
        text = json.dumps({"key": key_of(self.facts), "facts": self.facts}, indent=1, sort_keys=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(path)

    def _read(self) -> set[Place]:
        """Return the places that have an answer, and rewrite the file without the ones that have none."""
        if not self.path.exists():
            return set()
        kept: dict[Place, bytes] = {}
        for line in self.path.read_bytes().split(b"\n"):
            try:
                row = json.loads(line)
                if row["output"] is not None:
                    kept[row["file"], row["index"]] = line
            except (ValueError, KeyError, TypeError):
                continue  # half a line, from a kill while writing; its item is asked again
        temporary = self.path.with_suffix(".tmp")
        temporary.write_bytes(b"".join(line + b"\n" for line in kept.values()))
        temporary.replace(self.path)
        return set(kept)


def add_work(folder: Path, done: Mapping[str, int]) -> dict[str, int]:
    """Add counts of work to ``work.json`` and return the sums over all attempts.

    They stand beside the result, not in it: a run that was killed took more work for the same result.
    """
    path, before = folder / WORK, read_work(folder)
    sums = {name: before.get(name, 0) + done.get(name, 0) for name in {**before, **done}}
    if done:
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(sums) + "\n", encoding="utf-8")
        temporary.replace(path)
    return sums


def read_work(folder: Path) -> dict[str, int]:
    """Return the counts of work of a run folder, empty where there are none."""
    path = folder / WORK
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
