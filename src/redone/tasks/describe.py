"""A task as plain data, for lists that programs read."""

from __future__ import annotations

from typing import Any

from redone.tasks.task import Task


def task_fields(task: Task) -> dict[str, Any]:
    """Every field of the catalogue entry that JSON can hold; ``build`` is code and stays out."""
    return {
        "id": task.id,
        "capability": task.capability,
        "suite": task.suite,
        "languages": list(task.languages),
        "title": dict(task.title),
        "prompts": {language: list(prompts) for language, prompts in task.prompts.items()},
        "held_out_prompt": {language: task.held_out_prompt(language) for language in task.languages},
        "answer": task.answer,
        "parser": task.parser,
        "reward": {
            "kind": task.reward.kind,
            "metric": task.reward.metric,
            "params": dict(task.reward.params),
        },
        "metric": task.metric,
        "needs": list(task.needs),
        "truth": task.truth,
        "negatives": task.negatives,
        "max_share": task.max_share,
    }
