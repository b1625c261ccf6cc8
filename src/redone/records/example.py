"""One question with its acceptable answers: what the model is trained and judged on (RedOne 2.0, Eq. 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]
Truth = Literal["log", "label", "expert", "synthetic"]


@dataclass(frozen=True, slots=True)
class Message:
    """A chat turn."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A prompt, the answers that count as right, and where that knowledge comes from.

    ``references`` are in the canonical form that the task's parser produces; the first is the main one.
    ``target`` is the answer as the platform's log words it, which may differ in form from the one asked
    for. ``rationale`` is reasoning that comes before the answer, where the source has any. ``checks`` holds
    what the reward needs beside the references (hidden test inputs of a code task, a format pattern).
    ``units`` names the users, notes and queries that the prompt was made of, for splits and leakage checks.
    """

    id: str
    task: str
    language: str
    messages: tuple[Message, ...]
    references: tuple[str, ...]
    target: str
    rationale: str = ""
    truth: Truth = "label"
    choices: tuple[str, ...] = ()
    checks: Mapping[str, Any] = field(default_factory=dict)
    template: str = ""
    unseen_template: bool = False
    units: tuple[str, ...] = ()


def example_to_json(example: Example) -> dict[str, Any]:
    """A mapping that JSON can hold; ``example_from_json`` gives the example back."""
    return asdict(example)


def example_from_json(row: Mapping[str, Any]) -> Example:
    """The example of one JSON row.

    Raises:
        KeyError: a field without a default is missing.
        TypeError: the row has a field that no example has.
    """
    plain = dict(row)
    plain["messages"] = tuple(Message(m["role"], m["content"]) for m in plain["messages"])
    for name in ("references", "choices", "units"):
        if name in plain:
            plain[name] = tuple(plain[name])
    return Example(**plain)
