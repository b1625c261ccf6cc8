"""Predictions files: one JSON object a line (also gzipped), ``{"file": "Note-CHLW", "index": 0, "output": "..."}``.

An item that could not be answered (refused request, time-out) is ``"output": null`` with a "problem": it is
unscored and counted, never a wrong answer.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from redone.bench.reading import read_bytes
from redone.errors import UserError

Outputs = dict[int, str | None]
_SHOWN = 5


def read_predictions(path: Path, sizes: Mapping[str, int], known: Collection[str] = ()) -> dict[str, Outputs]:
    """Return the outputs by file and index; None where an item has no answer.

    ``sizes`` gives the number of items of each file that is to be complete; lines of other ``known`` files
    are passed over.

    Raises:
        UserError: names the line of a malformed row, unknown file, duplicate or impossible index; or the
            items that lack a line.

    """
    outputs: dict[str, Outputs] = {name: {} for name in sizes}
    lines: dict[tuple[str, int], int] = {}
    for at, row in _rows(path):
        name, index, output = _checked(row, f"{path}, line {at}", {*sizes, *known})
        if name not in sizes:
            continue
        if index >= sizes[name]:
            raise UserError(
                f"{path}, line {at}: index {index} of {name}, which has items 0 to {sizes[name] - 1}"
            )
        if (name, index) in lines:
            first = lines[name, index]
            raise UserError(f"{path}, line {at}: {name} {index} again (first on line {first}); keep one")
        lines[name, index] = at
        outputs[name][index] = output
    _check_complete(path, outputs, sizes)
    return outputs


def _check_complete(path: Path, outputs: Mapping[str, Outputs], sizes: Mapping[str, int]) -> None:
    lacking = [(name, at) for name, size in sizes.items() for at in range(size) if at not in outputs[name]]
    if not lacking:
        return
    shown = ", ".join(f"{name} {at}" for name, at in lacking[:_SHOWN])
    more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
    raise UserError(
        f"{path}: {len(lacking)} of {sum(sizes.values())} items have no line: {shown}{more}. Add them, "
        'with "output": null and a "problem" where there is no answer, or name the files with --only'
    )


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    data = read_bytes(path)
    for at, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            # The standard parser takes lone surrogates, which outputs cut in mid-character hold.
            yield at, json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise UserError(f"{path}, line {at}: not UTF-8 at byte {error.start} of the line") from error
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path}, line {at}: not JSON ({error})") from error


def _checked(row: Any, where: str, known: Collection[str]) -> tuple[str, int, str | None]:
    if not isinstance(row, dict):
        raise UserError(f'{where}: {row!r:.60} is no object like {{"file": ..., "index": 0, "output": ...}}')
    for key in ("file", "index", "output"):
        if key not in row:
            raise UserError(f"{where}: no {key!r} (it has: {', '.join(map(str, row)) or 'nothing'})")
    name, index, output = row["file"], row["index"], row["output"]
    if not isinstance(name, str) or name not in known:
        near = get_close_matches(str(name), known, n=1, cutoff=0.0)
        raise UserError(f"{where}: file {name!r:.60} is unknown; the nearest is {near[0] if near else '-'!r}")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise UserError(f"{where}: index {index!r:.40} is no whole number from 0 on")
    if output is None and isinstance(row.get("problem"), str):
        return name, index, None
    if not isinstance(output, str):
        raise UserError(f'{where}: output {output!r:.40} is no text (null needs a "problem" beside it)')
    return name, index, output
