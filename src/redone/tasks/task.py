"""What a task is: a value that says how to ask, how to read the answer, and how to reward it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from redone.records import Platform
from redone.records.example import Truth
from redone.scoring.spec import RewardSpec

Capability = Literal[
    "understanding", "extraction", "matching", "behaviour", "dialogue", "translation", "general"
]
Suite = Literal["sns", "translation", "general"]
AnswerForm = Literal["label", "list", "path", "number", "text", "code", "free"]

CAPABILITIES: tuple[Capability, ...] = (
    "understanding",
    "extraction",
    "matching",
    "behaviour",
    "dialogue",
    "translation",
    "general",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a builder found in the records, before it is worded as a prompt.

    ``slots`` fill the task's prompt variants. ``answers`` are the acceptable answers, the main one first.
    ``logged`` is the answer as the platform stores it, when that differs. ``templates`` name the sentence
    patterns of the texts in the prompt, ``units`` the records it was made of. ``key`` identifies the content
    whatever the wording or language of the prompt; empty means "the slots". ``group`` is the class that the
    balancing counts; empty means the main answer.
    """

    language: str
    slots: Mapping[str, str]
    answers: tuple[str, ...]
    choices: tuple[str, ...] = ()
    logged: str = ""
    rationale: str = ""
    checks: Mapping[str, Any] = field(default_factory=dict)
    templates: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    key: str = ""
    group: str = ""


Build = Callable[[Platform, random.Random], Iterator[Draft]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One entry of the catalogue.

    ``prompts`` holds the wordings per language; the last one of each language is never used in training, so
    that wording robustness can be measured. It recombines words of the training wordings. ``needs`` names the
    record parts without which the task has no examples (``notes.category``). ``max_share`` is the largest
    share that one class may take of the built examples; 1.0 leaves the natural shares alone.
    """

    id: str
    capability: Capability
    suite: Suite
    title: Mapping[str, str]
    prompts: Mapping[str, tuple[str, ...]]
    answer: AnswerForm
    parser: str
    reward: RewardSpec
    metric: str
    needs: tuple[str, ...]
    truth: Truth
    negatives: str
    build: Build
    max_share: float = 1.0

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the task can be asked in."""
        return tuple(self.prompts)

    def training_prompts(self, language: str) -> tuple[str, ...]:
        """Return the wordings that training may use: all but the last."""
        return self.prompts[language][:-1]

    def held_out_prompt(self, language: str) -> str:
        """Return the wording that only evaluation uses."""
        return self.prompts[language][-1]
