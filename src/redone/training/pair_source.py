"""The batches of preference optimization: pairs with the reference log-probabilities of the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from redone.training.contracts import Row, StepBatch, TrainSummary
from redone.training.documents import pair_document
from redone.training.objectives.dpo import kept_likelihood
from redone.training.packing import pack
from redone.training.pairs import TokenPair
from redone.training.planned import PlannedSource, draw_plan
from redone.training.preference_settings import DpoSettings

References = list[tuple[float, float]]


class PairSource(PlannedSource):
    """A ``BatchSource`` over pairs; ``refer`` gives their reference log-probabilities, chosen first.

    It is asked at the first batch of a run that starts, never in one that resumes.
    """

    def __init__(
        self, pairs: Sequence[TokenPair], settings: DpoSettings, *, refer: Callable[[], References]
    ) -> None:
        super().__init__(
            draw_plan(
                [pair.task for pair in pairs],
                [1] * len(pairs),
                settings.pairs_per_step,
                epochs=settings.epochs,
                weights=settings.weights,
                seed=settings.seed,
            )
        )
        self._pairs = pairs
        self._settings = settings
        self._refer = refer
        self._references: References | None = None
        self._changes: list[float] = []
        self._names = sorted({pair.task for pair in pairs})
        self._numbers = {name: number for number, name in enumerate(self._names)}

    @property
    def names(self) -> list[str]:
        """The tasks, in the order of the numbers in the batch's values."""
        return list(self._names)

    def batch_of(self, step: int, members: Sequence[int]) -> StepBatch:
        """The step's pairs, packed; both answers of a pair are in one micro-batch."""
        if self._references is None:
            self._references = self._refer()
        tokens = sum(len(self._pairs[index].chosen) for index in members)
        documents = [
            pair_document(
                self._pairs[index],
                self._references[index],
                chosen_weight=1.0 / tokens,
                task=self._numbers[self._pairs[index].task],
                merge=self._settings.merge,
            )
            for index in members
        ]
        return StepBatch(
            step=step,
            micro_batches=pack(
                documents,
                row_tokens=self._settings.row_tokens,
                batch_tokens=self._settings.batch_tokens,
                layout=self._settings.layout,
            ),
            normaliser=float(len(members)),
            ids=[self._pairs[index].id for index in members],
            tokens=sum(len(document.ids) for document in documents),
        )

    def finish(self, batch: StepBatch, row: Row) -> Row | None:
        """Add ``chosen_kept``, over the last steps, since one step's pairs may be unlucky."""
        self._changes = [*self._changes, row["chosen_change"]][-self._settings.chosen_window :]
        return super().finish(batch, row | {"chosen_kept": kept_likelihood(self._changes)})

    def describe(self, summary: TrainSummary) -> TrainSummary:
        """Different pairs used, whole and by task."""
        used = {int(index) for step in self._plan[: self._place] for index in step}
        tasks = {name: {"pairs": 0.0} for name in self._names}
        for index in used:
            tasks[self._pairs[index].task]["pairs"] += 1
        return replace(super().describe(summary), tasks=tasks)

    def state_dict(self) -> dict[str, Any]:
        """Place, reference log-probabilities and the last changes, as JSON."""
        return super().state_dict() | {"references": self._references, "changes": self._changes}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there, against the reference of the start."""
        super().load_state_dict(state)
        self._references = [(chosen, rejected) for chosen, rejected in state["references"]]
        self._changes = list(state["changes"])
