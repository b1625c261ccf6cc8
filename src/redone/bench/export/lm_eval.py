"""The catalogue's tasks as lm-evaluation-harness reads them: one YAML file and one JSONL file each, no code.

The harness knows no set F1, ROUGE-L or search-phrase similarity. What it scores exactly here is exact there, up to
case; everything else gets chrF beside exact match there, which is no figure of ours. Tasks whose answers are run or
checked by a pattern cannot be scored without code: they are left out, by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
from ruamel.yaml import YAML

from redone.errors import UserError
from redone.recipe.dataset import by_task
from redone.recipe.simulated import platform_examples
from redone.records import Example
from redone.sources.simulator import WorldSettings, make_world
from redone.tasks import Task, build_general, catalogue, get

PREFIX = "redone_"
FIRST_LINE = r"[^\n]+"
LAST_NUMBER = r"-?\d+(?:\.\d+)?"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """Which world, how many test items per task, and which tasks (all without names)."""

    seed: int = 0
    items: int = 100
    tasks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.items < 1:
            raise UserError(f"--items is {self.items}: export at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Names of the tasks written, and why others were not."""

    tasks: tuple[str, ...]
    left_out: Mapping[str, str]


def export_lm_eval(out: Path, settings: ExportSettings = ExportSettings()) -> Written:
    """Write ``<task>.yaml`` and ``<task>.jsonl`` for every task into a folder.

    Raises:
        UserError: a task is unknown, or the folder cannot be written.

    """
    chosen = [get(name) for name in settings.tasks] or list(catalogue().values())
    left_out = {task.id: reason for task in chosen if (reason := _unfit(task))}
    fit = [task for task in chosen if task.id not in left_out]
    found = by_task(_examples(fit, settings))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for task in fit:
            examples = found.get(task.id, [])[: settings.items]
            if not examples:
                left_out[task.id] = "the world has no test example"
                continue
            rows = b"".join(orjson.dumps(_row(example)) + b"\n" for example in examples)
            (out / f"{task.id}.jsonl").write_bytes(rows)
            (out / f"{task.id}.yaml").write_text(_yaml(_entry(task, settings)), encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {out}: cannot be written ({error.strerror}); name another folder") from error
    names = tuple(PREFIX + task.id for task in fit if task.id not in left_out)
    return Written(tasks=names, left_out=left_out)


def _unfit(task: Task) -> str:
    reasons = {"sandbox": "its answers are run", "pattern": "its answers are checked by a pattern"}
    return reasons.get(task.reward.kind, "")


def _examples(tasks: Sequence[Task], settings: ExportSettings) -> list[Example]:
    platform = [task.id for task in tasks if task.suite != "general"]
    general = [task.id for task in tasks if task.suite == "general"]
    world = make_world(WorldSettings(seed=settings.seed))
    found = (
        list(platform_examples(world, "test", platform, settings.items, settings.seed)) if platform else []
    )
    if general:
        count = settings.items * len(general)
        found += build_general(general, count=count, seed=settings.seed, split="test", world=settings.seed)
    return found


def _row(example: Example) -> dict[str, Any]:
    return {
        "id": example.id,
        "language": example.language,
        "prompt": "\n\n".join(message.content for message in example.messages),
        "references": list(example.references),
        "target": example.references[0],
    }


def _entry(task: Task, settings: ExportSettings) -> dict[str, Any]:
    exact = task.reward.kind == "exact"
    pattern, which = (LAST_NUMBER, -1) if task.answer == "number" else (FIRST_LINE, 0)
    reading = {"function": "regex", "regex_pattern": pattern, "group_select": which, "fallback": ""}
    metrics = [
        {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True, "ignore_case": True}
    ]
    if not exact:
        metrics.append({"metric": "chrf", "aggregation": "chrf", "higher_is_better": True})
    return {
        "task": PREFIX + task.id,
        "task_alias": task.title["en"],
        "tag": ["redone", f"{PREFIX}{task.suite}", f"{PREFIX}{task.capability}"],
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": f"{task.id}.jsonl"}},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": "prompt",
        "doc_to_target": "references" if exact else "target",
        "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 256, "do_sample": False},
        "filter_list": [{"name": "answer", "filter": [reading, {"function": "take_first"}]}],
        "metric_list": metrics,
        "metadata": {"version": 1.0, "seed": settings.seed, "scored_here_by": task.metric},
    }


def _yaml(entry: Mapping[str, Any]) -> str:
    writer, stream = YAML(typ="safe", pure=True), StringIO()
    writer.default_flow_style = False
    writer.dump(dict(entry), stream)
    return stream.getvalue()
