"""Preference optimization: who was admitted as a judge, and where the pairs came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redone.report.reading import count, mapping, number, sequence, text
from redone.report.run_data import RunData

KINDS = ("expert", "judge", "options", "mistake")


def preference(run: RunData) -> list[dict[str, Any]]:
    """One block per stage with preference pairs: judges with their agreement, pairs by kind, what was left out."""
    return [_block(folder.name, folder.preference) for folder in run.stages if folder.preference]


def _block(stage: str, told: Mapping[str, Any]) -> dict[str, Any]:
    gate = mapping(told.get("gate"))
    left_out = mapping(told.get("left_out"))
    return {
        "stage": stage,
        "judges": [_judge(mapping(row)) for row in sequence(told.get("judges"))],
        "pairs": [(kind, count(mapping(told.get("pairs")).get(kind)) or 0) for kind in KINDS],
        "annotated": count(told.get("annotated")),
        "left_out": [(what, count(number_) or 0) for what, number_ in left_out.items()],
        "kappa_low": number(gate.get("kappa_low")),
        "max_attack": number(gate.get("max_attack_success")),
    }


def _judge(row: Mapping[str, Any]) -> dict[str, Any]:
    fights = count(row.get("attacks")) or 0
    return {
        "judge": text(row.get("judge")),
        "control": text(row.get("judge")).startswith("control"),
        "task": text(row.get("task")),
        "kappa": number(row.get("kappa")),
        "low": number(row.get("low")),
        "high": number(row.get("high")),
        "pairs": count(row.get("pairs")),
        "unlabelled": count(row.get("unlabelled")),
        "attacks": f"{count(row.get('attack_wins')) or 0} / {fights}" if fights else "",
        "admitted": row.get("admitted") is True,
        "refusal": text(row.get("refusal")),
    }
