"""Forgiving reading for the page: what is damaged is named beside what could be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redone.report.reading import mapping, read_json, read_lines
from redone.serving.console.places import Places

LARGEST = 256 * 2**20
"""Bytes of a JSON file that are read into memory for a page."""


class Reader:
    """Reads files of one folder and remembers what could not be read, as sentences' keys and values."""

    def __init__(self, places: Places, folder: Path) -> None:
        self.places = places
        self.folder = folder
        self.problems: list[dict[str, Any]] = []

    def path(self, *parts: str) -> Path | None:
        """A file of the folder, None when it is not there; one that lies elsewhere is a problem."""
        asked = self.folder.joinpath(*parts)
        real = self.places.inside(asked)
        if real is None:
            if asked.is_symlink() or asked.exists():
                self.problem("outside_file", "/".join(parts))
            return None
        if not real.is_file():
            self.problem("damaged_file", "/".join(parts))
            return None
        return real

    def json(self, *parts: str) -> Mapping[str, Any]:
        """An object of a JSON file, empty when there is none."""
        path = self._bounded(*parts)
        if path is None:
            return {}
        value, damaged = read_json(path)
        if damaged or not isinstance(value, dict):
            self.problem("damaged_file", "/".join(parts))
        return mapping(value)

    def lines(self, *parts: str) -> tuple[Mapping[str, Any], ...]:
        """The objects of a JSON-lines file."""
        path = self._bounded(*parts)
        if path is None:
            return ()
        lines = read_lines(path)
        if lines.damaged:
            self.problem("damaged_lines", "/".join(parts), n=lines.damaged)
        return lines.rows

    def problem(self, key: str, file: str, **values: Any) -> None:
        """Remember what the page should say."""
        found = {"key": key, "values": {"file": file, **values}}
        if found not in self.problems:
            self.problems.append(found)

    def _bounded(self, *parts: str) -> Path | None:
        path = self.path(*parts)
        if path is not None and path.stat().st_size > LARGEST:
            self.problem("too_large", "/".join(parts), n=LARGEST // 2**20)
            return None
        return path
