"""The comparison page of an ablation: the rows of the papers' tables with their spread over seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from redone.report.ablation_data import BASE, GROUPS, Ablation, load_ablation
from redone.report.charts.seesaw import Spot, seesaw
from redone.report.charts.strips import Row, seed_differences
from redone.report.render import write_page
from redone.report.scores import Estimate
from redone.report.sections.tables import TWO, columns_of
from redone.report.words import change, plain, plain_name_of, points
from redone.scoring.statistics import t_interval

Values = Callable[[str, str], dict[int, float]]
"""Arm and decoding -> a measure by seed."""


def write_ablation_report(folder: Path) -> Path:
    """Write ``report.html`` beside ``ablation.json`` and return its path.

    Raises:
        UserError: ablation.json is missing or unreadable.
        OSError: the page cannot be written there.

    """
    data = load_ablation(folder)
    return write_page(
        "ablation.html.jinja",
        folder / "report.html",
        data=data,
        table=_table(data, _suite_columns(data)),
        tasks=_table(data, _task_columns(data)),
        plots=_plots(data),
        against=[a for a in (_against(data, BASE), _against(data, data.sft_only)) if a],
    )


def _suite_columns(data: Ablation) -> dict[str, Values]:
    """Suites and their means, then groups of tasks where the ablation has such."""
    columns: dict[str, Values] = {
        name: partial(data.by_seed, suites=suites) for name, suites in columns_of(data.results.suites)
    }
    groups = [group for group in GROUPS if any(trial.groups[group] for trial in data.trials)]
    return columns | {group: partial(data.group_by_seed, group=group) for group in groups}


def _task_columns(data: Ablation) -> dict[str, Values]:
    return {task: partial(data.task_by_seed, task=task) for task in data.tasks}


def _table(data: Ablation, columns: Mapping[str, Values]) -> dict[str, Any] | None:
    if not columns:
        return None
    blocks = []
    for decoding in data.results.decodings:
        rows = []
        for arm in data.arms:
            trials = data.of(arm)
            rows.append(
                {
                    "arm": arm,
                    "cells": [_cell(values, arm, decoding) for values in columns.values()],
                    "seeds": len(trials),
                    "examples": [t.examples for t in trials if t.examples is not None],
                    "seconds": [t.seconds for t in trials if t.seconds is not None],
                }
            )
        best = [_best(rows, i) for i in range(len(columns))]
        blocks.append({"decoding": decoding, "rows": rows, "best": best})
    return {"columns": list(columns), "blocks": blocks}


def _cell(values: Values, arm: str, decoding: str) -> dict[str, Any]:
    own, base = values(arm, decoding), values(BASE, decoding)
    # Paired by seed: each seed has a base of its own, so only seeds that both have are compared.
    moves = [own[s] - base[s] for s in own if s in base]
    return {
        "mean": _mean(list(own.values())),
        "low": min(own.values(), default=None),
        "high": max(own.values(), default=None),
        "change": _mean(moves) if arm != BASE else None,
    }


def _best(rows: list[dict[str, Any]], column: int) -> float | None:
    return max(
        (r["cells"][column]["mean"] for r in rows if r["cells"][column]["mean"] is not None), default=None
    )


def _plots(data: Ablation) -> list[dict[str, Any]]:
    plots = []
    for decoding in data.results.decodings:
        spots = []
        for i, arm in enumerate(data.arms):
            sns = data.by_seed(arm, decoding, ("sns",))
            general = data.by_seed(arm, decoding, ("general",))
            cloud = [(sns[seed], general[seed]) for seed in sns if seed in general]
            spot = Spot(
                mark=str(i),
                style=f"s{min(i, 7)}",
                sns=Estimate(_mean([x for x, _ in cloud])),
                general=Estimate(_mean([y for _, y in cloud])),
                cloud=cloud,
            )
            spots.append(spot)
        known = [s for s in spots if s.sns.value is not None]
        if len(known) > 1:
            where = "; ".join(
                f"{data.about[data.arms[int(s.mark)]][0]}: {points(s.sns.value)} / {points(s.general.value)}"
                for s in known
            )
            label = plain("alt_seesaw", decoding=plain_name_of("decoding", decoding), values=where)
            plots.append({"decoding": decoding, "chart": seesaw(spots, label, connected=False)})
    return plots


def _against(data: Ablation, reference: str) -> dict[str, Any] | None:
    """Per decoding: every other arm minus the reference on the same seed, in the mean, SNS and general."""
    arms = [arm for arm in data.arms if arm not in {reference, BASE}]
    if not reference or not arms or not data.of(reference):
        return None
    columns = columns_of(data.results.suites)
    main = "mean_two" if any(name == "mean_two" for name, _ in columns) else "mean"
    measures = [(n, s) for n, s in columns if n == main or s in {(suite,) for suite in TWO}]
    measures.sort(key=lambda m: m[0] != main)
    blocks = []
    for decoding in data.results.decodings:
        tables = []
        for name, suites in measures:
            base = data.by_seed(reference, decoding, suites)
            rows = []
            for arm in arms:
                own = data.by_seed(arm, decoding, suites)
                moves = {s: own[s] - base[s] for s in data.seeds if s in own and s in base}
                rows.append(
                    {
                        "arm": arm,
                        "title": data.about[arm][0],
                        "style": f"s{min(data.arms.index(arm), 7)}",
                        "moves": [moves.get(s) for s in data.seeds],
                        "mean": _mean(list(moves.values())),
                        "interval": t_interval(list(moves.values())) if len(moves) > 1 else None,
                    }
                )
            tables.append({"measure": name, "rows": rows, "chart": _strip(rows, name, reference)})
        blocks.append({"decoding": decoding, "tables": tables})
    return {"reference": reference, "blocks": blocks, "seeds": data.seeds}


def _strip(rows: list[dict[str, Any]], measure: str, reference: str) -> Any:
    label = plain(
        "alt_strip",
        measure=plain_name_of("suite", measure),
        reference=reference,
        values="; ".join(f"{r['title']}: {change(r['mean'])}" for r in rows),
    )
    drawn = [
        Row(title=r["title"], style=r["style"], values=[v for v in r["moves"] if v is not None]) for r in rows
    ]
    return seed_differences(drawn, label)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
