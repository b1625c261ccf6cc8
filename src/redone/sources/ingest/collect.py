"""Gathers the sample of rows of one task while its files stream by, and turns the sample into examples."""

from __future__ import annotations

import random
from collections.abc import Mapping

from redone.records import Example, Message
from redone.scoring.normalise import canonical
from redone.sources.ingest.candidate import Candidate, candidate, label_words, parser_of, passes
from redone.sources.ingest.choices import LETTERS, with_options
from redone.sources.ingest.faults import OTHER_SPLIT, Row, RowFault
from redone.sources.ingest.mapping import SPLITS, Split, TaskFile, TaskMapping
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.sampling import Sample, in_turn, stable_hash
from redone.sources.ingest.settings import IngestSettings
from redone.sources.ingest.steps.row import apply_row
from redone.sources.ingest.template import fill
from redone.tasks.parsers import PARSERS

Pool = list[tuple[str, str]]


class Collector:
    """One task's samples per split. Offer every row, then take the examples."""

    def __init__(
        self, file: TaskFile, task: TaskMapping, limits: Mapping[str, int], settings: IngestSettings
    ) -> None:
        self.file = file
        self.task = task
        self.settings = settings
        self.limits: dict[Split, int] = {s: task.limit.get(s, limits[s]) for s in SPLITS}
        self.limits = {s: min(limit, limits[s]) for s, limit in self.limits.items()}
        self.scope = f"{file.set}/{task.id}"
        self.samples: dict[Split, dict[str, Sample[Candidate]]] = {s: {} for s in SPLITS}
        self.pools: dict[Split, Sample[tuple[str, str]]] = {s: Sample(settings.pool_size) for s in SPLITS}
        self.passed = 0

    def offer(self, row: Row, split: Split, unit: str, quarantine: Quarantine) -> None:
        """Looks at one row; a fault of this task alone goes to the quarantine under the task's scope."""
        try:
            if not passes(self.task.where, row):
                return
            quarantine.count(self.scope)
            for step in self.task.prepare:
                row = apply_row(step, row)
            if not passes(self.task.keep, row):
                return
            found = candidate(self.task, row, unit, self.settings.seed)
        except RowFault as fault:
            quarantine.add(self.scope, row, fault)
            return
        self.passed += 1
        key = stable_hash(self.settings.seed, self.task.id, row.file, row.line)
        group = found.answers[0] if self.task.balance and split == "train" else ""
        samples = self.samples[split]
        samples.setdefault(group, Sample(self.limits[split])).offer(key, found)
        self.pools[split].offer(key ^ 0xFFFF, (found.answers[0], found.apart))

    def examples(self, quarantine: Quarantine, pool: Pool | None) -> dict[Split, list[Example]]:
        """The examples per split. A prompt that a later split also has goes to the later one only."""
        taken: dict[str, Split] = {}
        done: dict[Split, list[Example]] = {}
        for split in reversed(SPLITS):
            samples = [sample.items() for _, sample in sorted(self.samples[split].items())]
            options = pool or self.pools[split].items()
            built: list[Example] = []
            for question in in_turn(samples, self.limits[split]):
                try:
                    example = self._example(question, split, options)
                    key = canonical("\n".join(question.slots.values()))
                    if taken.setdefault(key, split) != split:
                        raise RowFault(OTHER_SPLIT, f"{split} row; kept in {taken[key]}")
                except RowFault as fault:
                    quarantine.add(self.scope, question.row, fault)
                    continue
                built.append(example)
            done[split] = built
        return {split: done[split] for split in SPLITS}

    def _example(self, question: Candidate, split: Split, pool: Pool) -> Example:
        example_id = f"{self.task.id}/{split}/{question.file}:{question.line}"
        rng = random.Random(
            stable_hash(self.settings.seed, self.task.id, question.file, question.line, "wording")
        )
        slots, answers = dict(question.slots), question.answers
        words = label_words(self.task, question.language)
        target = question.logged
        if self.task.choices:
            letter, options = with_options(self.task.choices, question, pool, rng)
            words, answers, target = tuple(LETTERS[: len(options)]), (letter,), letter
            slots["choices"] = "\n".join(f"{mark}. {text}" for mark, text in zip(words, options, strict=True))
        wordings = self.task.prompts[question.language]
        # The last wording never trains; it shows how far the skill hangs on the words it was asked in.
        number = rng.randrange(len(wordings) if split == "test" else len(wordings) - 1)
        references = tuple(PARSERS[parser_of(self.task)](answer, words) or answer for answer in answers)
        return Example(
            id=example_id,
            task=self.task.id,
            language=question.language,
            messages=(Message("user", fill(wordings[number], slots)),),
            references=references,
            target=target,
            truth=self.task.truth,
            choices=words,
            template=f"{self.task.id}/{question.language}/{number}",
            unseen_template=number == len(wordings) - 1,
            units=(question.unit,),
        )
