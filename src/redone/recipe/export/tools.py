"""The built data of every stage in the documented formats of LLaMA-Factory, ms-swift and TRL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from redone.errors import UserError
from redone.recipe.config import Node
from redone.recipe.export.source import Exported, name_of
from redone.recipe.export.stage_data import StageData, stage_data
from redone.recipe.export.truth import ground_truth
from redone.recipe.export.writing import Written, chat_of, write_lines, write_text

Rows = Iterator[dict[str, Any]]
DATASET_INFO = "dataset_info.json"
ROLES = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}


def export_tool(tool: str, source: Exported, out: Path, name: str = "") -> Written:
    """Write every stage (or the one named) for ``tool``; stages without data yet are told in the notes.

    Raises:
        UserError: there is no such stage, or no stage has data.

    """
    stages = [stage for stage in source.recipe.stages if name in ("", stage.name)]
    if not stages:
        known = ", ".join(map(name_of, source.recipe.stages)) or "none"
        raise UserError(f"--stage is {name!r}: the recipe's stages are {known}")
    out.mkdir(parents=True, exist_ok=True)
    found: dict[str, int] = {}
    notes: list[str] = []
    kinds: dict[str, str] = {}
    for stage in stages:
        data = stage_data(source, stage)
        notes += [f"{data.name}: {note}" for note in data.notes]
        if data.rows:
            file = f"{data.name}.jsonl"
            found[file] = write_lines(out / file, _ROWS[tool](source, data))
            kinds[data.name] = data.kind
    if not found:
        raise UserError(f"no stage has data to export: {'; '.join(notes) or 'the recipe has no stages'}")
    notes += _EXTRAS[tool](out, kinds)
    write_text(out / "README.md", readme(tool, source, stages, found, notes))
    return Written(found, tuple(notes))


def _trl(source: Exported, data: StageData) -> Rows:
    """TRL's conversational forms: prompt-completion, prompt-chosen-rejected, prompt only, and text."""
    for lesson in data.lessons:
        answer = chat_of((), lesson.answer)
        yield {
            "prompt": chat_of(lesson.messages),
            "completion": answer,
            "task": lesson.task,
            "source": lesson.source,
        }
    for pair in data.pairs:
        yield {
            "prompt": chat_of(pair.messages),
            "chosen": chat_of((), pair.chosen),
            "rejected": chat_of((), pair.rejected),
            "task": pair.task,
            "origin": pair.origin,
        }
    yield from _prompts(source, data, "prompt")
    for origin, text in data.texts:
        yield {"text": text, "source": origin}


def _ms_swift(source: Exported, data: StageData) -> Rows:
    """ms-swift's messages; a pair keeps the chosen answer as the last turn and the other in rejected_response."""
    yield from _conversations(data)
    for pair in data.pairs:
        yield {
            "messages": chat_of(pair.messages, pair.chosen),
            "rejected_response": pair.rejected,
            "task": pair.task,
            "origin": pair.origin,
        }
    yield from _prompts(source, data, "messages")
    for _, text in data.texts:  # pretraining data are one assistant turn there
        yield {"messages": chat_of((), text)}


def _llamafactory(source: Exported, data: StageData) -> Rows:
    """LLaMA-Factory's sharegpt form with OpenAI roles; pairs carry both answers as turns."""
    yield from _conversations(data)
    for pair in data.pairs:
        yield {
            "messages": chat_of(pair.messages),
            "chosen": chat_of((), pair.chosen)[0],
            "rejected": chat_of((), pair.rejected)[0],
        }
    yield from _prompts(source, data, "messages")
    for _, text in data.texts:
        yield {"text": text}


def _conversations(data: StageData) -> Rows:
    """Lessons with their answer as the last turn."""
    for lesson in data.lessons:
        messages = chat_of(lesson.messages, lesson.answer)
        yield {"messages": messages, "task": lesson.task, "source": lesson.source}


def _prompts(source: Exported, data: StageData, column: str) -> Rows:
    """Prompts with the column that their reward reads."""
    tasks = source.dataset.tasks
    for example in data.prompts:
        yield {
            column: chat_of(example.messages),
            "ground_truth": ground_truth(tasks[example.task], example),
            "task": example.task,
        }


def dataset_info(kinds: Mapping[str, str]) -> dict[str, Any]:
    """LLaMA-Factory's register of data sets; it trains no rewards of this kind, so prompts are not in it."""
    shapes: dict[str, dict[str, Any]] = {
        "sft": {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": ROLES},
        "pairs": {
            "formatting": "sharegpt",
            "ranking": True,
            "columns": {"messages": "messages", "chosen": "chosen", "rejected": "rejected"},
            "tags": ROLES,
        },
        "text": {"columns": {"prompt": "text"}},
    }
    return {
        f"redone_{name.replace('-', '_')}": {"file_name": f"{name}.jsonl", **shapes[kind]}
        for name, kind in kinds.items()
        if kind in shapes
    }


def _llamafactory_extras(out: Path, kinds: Mapping[str, str]) -> list[str]:
    (out / DATASET_INFO).write_bytes(orjson.dumps(dataset_info(kinds), option=orjson.OPT_INDENT_2))
    unused = [name for name, kind in kinds.items() if kind == "prompts"]
    return [
        f"{name}: LLaMA-Factory has no training by verifiable rewards; see `redone export verl`"
        for name in unused
    ]


def _reward_extras(template: str, target: str) -> Callable[[Path, Mapping[str, str]], list[str]]:
    def write(out: Path, kinds: Mapping[str, str]) -> list[str]:
        if "prompts" in kinds.values():
            write_text(out / target, files("redone.recipe.export").joinpath(template).read_text())
        return []

    return write


def readme(tool: str, source: Exported, stages: list[Any], found: Mapping[str, int], notes: list[str]) -> str:
    """What lies in the folder, with the settings of each stage."""
    lines = [f"# {source.recipe.name} for {tool}", ""]
    for stage in stages:
        file = f"{stage.name}.jsonl"
        rows = f"{found[file]} rows in `{file}`" if file in found else "no data"
        lines += [f"## {stage.name} ({stage.kind})", "", f"{rows}. Settings of the recipe:", "", "```json"]
        lines += [orjson.dumps(_settings(stage), option=orjson.OPT_INDENT_2).decode(), "```", ""]
    return "\n".join([*lines, *[f"- {note}" for note in notes], ""])


def _settings(stage: Node) -> Any:
    whole = stage.model_dump(mode="json")
    return next((whole[key] for key in ("rl", "sft", "dpo", "reading") if key in whole), whole)


_ROWS: dict[str, Callable[[Exported, StageData], Rows]] = {
    "llamafactory": _llamafactory,
    "ms-swift": _ms_swift,
    "trl": _trl,
}
_EXTRAS: dict[str, Callable[[Path, Mapping[str, str]], list[str]]] = {
    "llamafactory": _llamafactory_extras,
    "ms-swift": _reward_extras("swift_reward.txt", "reward.py"),
    "trl": _reward_extras("trl_reward.txt", "reward.py"),
}
