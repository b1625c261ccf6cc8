"""The check that training stages call: a hit stops them, unless the recipe names the exception."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from redone.bench.catalogue import bench_sets, choose
from redone.bench.guard.index import Guard, Hit, build_guard
from redone.bench.sets import SUITES
from redone.errors import UserError
from redone.recipe.config import BenchmarksConfig

_SHOWN = 5


def check_training(settings: BenchmarksConfig, texts: Iterator[tuple[str, str]]) -> Sequence[str]:
    """Search (place, text) pairs for benchmark items and return what to say about it.

    Raises:
        UserError: an item that is no exception stands in a text; item and place are named. Or the folder is
            absent and may not be, or an exception names no set.

    """
    excepted = _exceptions(settings)
    for suite in settings.suites:
        choose(suite)
    folder = Path(settings.folder)
    if not folder.is_dir():
        if settings.absent == "stop":
            raise UserError(
                f"benchmarks.folder: {folder} is no folder, so training data cannot be searched for benchmark "
                "items; correct it, or write absent: skip"
            )
        return [f"not searched for benchmark items: {folder} is not there (benchmarks.absent: skip)"]
    index = build_guard(folder, settings.suites)
    hits: list[Hit] = []
    rows = 0
    for place, text in texts:
        rows += 1
        hits += index.check(text, place)
    wrong = [hit for hit in hits if not _is_excepted(hit, excepted)]
    if wrong:
        raise UserError(_refusal(wrong))
    return [_summary(index, rows, hits)]


def _exceptions(settings: BenchmarksConfig) -> frozenset[str]:
    for place, name in enumerate(settings.exceptions):
        file, _, index = name.partition("/")
        if (file not in bench_sets() and file not in SUITES) or (index and not index.isdecimal()):
            raise UserError(
                f"benchmarks.exceptions.{place}: {name!r} is no item; write a set's name, or the name, a slash "
                "and the item's number, such as Note-CHLW/17"
            )
    return frozenset(settings.exceptions)


def _is_excepted(hit: Hit, names: Collection[str]) -> bool:
    return bool({f"{hit.file}/{hit.index}", hit.file, bench_sets()[hit.file].suite} & set(names))


def _refusal(hits: Sequence[Hit]) -> str:
    items = {(hit.file, hit.index) for hit in hits}
    lines = [
        f"  {hit.file}/{hit.index} ({hit.kind}) in {hit.place}: {hit.excerpt!r}" for hit in hits[:_SHOWN]
    ]
    if len(hits) > _SHOWN:
        lines.append(f"  and {len(hits) - _SHOWN} more")
    return "\n".join(
        [
            f"benchmarks: {len(items)} benchmark items stand in the training data:",
            *lines,
            "remove these rows, or name the items in benchmarks.exceptions",
        ]
    )


def _summary(index: Guard, rows: int, hits: Sequence[Hit]) -> str:
    said = f"{rows} training texts searched for {len(index.texts)} benchmark texts"
    if not hits:
        return f"{said}: none found"
    items = {f"{hit.file}/{hit.index}" for hit in hits}
    return f"{said}: {len(items)} found and trained on by exception ({', '.join(sorted(items)[:_SHOWN])})"
