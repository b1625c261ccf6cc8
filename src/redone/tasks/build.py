"""From records to examples: streaming, deterministic, balanced over classes and languages."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from redone.errors import UserError
from redone.records import Example, Platform
from redone.tasks.balance import ClassBalance
from redone.tasks.catalogue import get
from redone.tasks.render import content_key, fingerprint, render
from redone.tasks.task import Draft, Task


@dataclass(slots=True)
class BuildReport:
    """What became of the drafts of one build, by task id: nothing is left out without a count."""

    built: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    surplus_class: Counter[str] = field(default_factory=Counter)
    over_limit: Counter[str] = field(default_factory=Counter)
    other_language: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """How examples are made.

    ``limit_per_task`` is shared equally by the ``languages`` that the task has. ``unseen_prompts`` is the
    share of examples with the held-out wording: 0 for training, more for evaluation. ``held_out_templates``
    are the sentence patterns reserved for evaluation; an example made of one is marked ``unseen_template``.
    """

    seed: int
    limit_per_task: int | None = None
    languages: tuple[str, ...] = ("zh", "en")
    unseen_prompts: float = 0.0
    held_out_templates: Collection[str] = frozenset()


def build_examples(
    platform: Platform | Iterable[Platform],
    *,
    task_ids: Sequence[str],
    settings: BuildSettings,
    report: BuildReport | None = None,
) -> Iterator[Example]:
    """Stream the examples of the tasks, block by block.

    The stream depends on the blocks and the settings alone. Memory grows by one number per example (the
    check for repeats), not with the records. It ends early once every task has its limit.

    Raises:
        UserError: a task is unknown, or is a general one (these need no platform: ``build_general``).

    """
    tasks = [get(task_id) for task_id in task_ids]
    general = [task.id for task in tasks if task.suite == "general"]
    if general:
        raise UserError(f"task_ids: {general[0]!r} is a general task; use build_general for it")
    blocks = [platform] if isinstance(platform, Platform) else platform
    lines = [_Line(task, settings, report or BuildReport()) for task in tasks]
    return _stream(blocks, lines, settings.seed)


def _stream(blocks: Iterable[Platform], lines: list[_Line], seed: int) -> Iterator[Example]:
    for block in blocks:
        open_lines = [line for line in lines if not line.full]
        if not open_lines:
            return
        name = _block_name(block)
        for line in open_lines:
            yield from line.examples(block, random.Random(f"{seed}/{line.task.id}/{name}"))


def _block_name(block: Platform) -> str:
    """Tells blocks apart by their records, so that a block gives the same examples wherever it comes."""
    firsts = [items[0].id for items in (block.users, block.notes, block.queries, block.parallel) if items]
    return fingerprint(*firsts, str(len(block.notes)))


class _Line:
    """The production line of one task: what it has admitted so far, over all blocks."""

    def __init__(self, task: Task, settings: BuildSettings, report: BuildReport) -> None:
        self.task = task
        self._settings = settings
        self._report = report
        self._seen: set[int] = set()
        self._built: Counter[str] = Counter()
        self._languages = [language for language in task.languages if language in settings.languages]
        self._balance = {language: ClassBalance(task.max_share) for language in self._languages}
        limit = settings.limit_per_task
        self._quota = None if limit is None else -(-limit // max(1, len(self._languages)))

    @property
    def full(self) -> bool:
        """Whether every language has its quota."""
        return self._quota is not None and all(
            self._built[language] >= self._quota for language in self._languages
        )

    def examples(self, block: Platform, rng: random.Random) -> Iterator[Example]:
        for draft in self.task.build(block, rng):
            if self.full:
                return
            if not self._admits(draft):
                continue
            example = self._finish(draft, rng)
            # Two records may say the same although their keys differ: an id is given once.
            name = int(fingerprint(example.id), 16)
            if name in self._seen:
                self._report.repeated[self.task.id] += 1
                continue
            self._seen.add(name)
            self._built[draft.language] += 1
            self._report.built[self.task.id] += 1
            yield example

    def _admits(self, draft: Draft) -> bool:
        if draft.language not in self._balance:
            self._report.other_language[self.task.id] += 1
            return False
        if self._quota is not None and self._built[draft.language] >= self._quota:
            self._report.over_limit[self.task.id] += 1
            return False
        key = int(content_key(self.task, draft), 16)
        if key in self._seen:
            self._report.repeated[self.task.id] += 1
            return False
        if not self._balance[draft.language].admit(draft.group or draft.answers[0]):
            self._report.surplus_class[self.task.id] += 1
            return False
        self._seen.add(key)
        return True

    def _finish(self, draft: Draft, rng: random.Random) -> Example:
        example = render(self.task, draft, rng, unseen_prompts=self._settings.unseen_prompts)
        if any(template in self._settings.held_out_templates for template in draft.templates):
            return replace(example, unseen_template=True)
        return example
