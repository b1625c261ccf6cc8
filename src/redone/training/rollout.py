"""DAPO's batches: sample groups, drop the dead ones, refill within a budget, hand out mini-batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from redone.records import Rollout
from redone.training.contracts import Row, StepBatch, TrainSummary
from redone.training.counts import COUNTED, diagnosis, merge_rows, step_counts
from redone.training.documents import group_documents
from redone.training.groups import Verdict, rollout_records, spread
from redone.training.packing import pack
from redone.training.prompts import PromptDrawer, PromptPool
from redone.training.sampled_groups import GroupSource, demand_scored
from redone.training.sampling import Reward, Sampler
from redone.training.sequences import Group, group_from_json, group_to_json, of_current_policy
from redone.training.settings import DapoSettings

OnRollouts = Callable[[list[Rollout]], None]
Relabel = Callable[[Sequence[Group]], list[Group]]


class RolloutSource:
    """A ``BatchSource`` of mini-batches over freshly sampled groups.

    A step collects ``groups_per_step`` kept groups, or as many as the refill budget yields; groups beyond
    that open the next step (their old log-probabilities stay those of the policy that sampled them).
    ``relabel`` computes old log-probabilities anew where the sampler's are not those of the training
    arithmetic.
    """

    def __init__(
        self,
        pool: PromptPool,
        sampler: Sampler,
        reward: Reward,
        settings: DapoSettings,
        *,
        on_rollouts: OnRollouts | None = None,
        relabel: Relabel | None = None,
    ) -> None:
        self.steps = settings.steps
        self._settings = settings
        self._groups = GroupSource(sampler, reward, pool.decode, settings)
        self._on_rollouts = on_rollouts
        self._relabel = relabel
        self._decode = pool.decode
        self._drawer = PromptDrawer(pool, settings)
        self._step = 0
        self._pending: list[list[Group]] = []
        self._surplus: list[Group] = []
        self._counts: Row = {}
        self._rows: list[Row] = []
        self._totals: dict[str, int] = {"prompts": 0, "generated": 0}
        self._tasks: dict[str, dict[str, float]] = {}
        self._used: set[str] = set()

    def next_batch(self) -> StepBatch | None:
        """The next mini-batch; an empty one with a note when every group of the step is dead."""
        if not self._pending:
            if self._step >= self.steps:
                return None
            self._collect()
        groups = self._pending[0]
        documents = [
            document for group in groups for document in group_documents(group, self._settings.share)
        ]
        return StepBatch(
            step=self._step,
            micro_batches=pack(
                documents,
                row_tokens=self._settings.row_tokens,
                batch_tokens=self._settings.batch_tokens,
                layout=self._settings.layout,
            ),
            normaliser=float(sum(group.tokens for group in groups)),
            ids=[group.example_id for group in groups],
            tokens=sum(len(document.ids) for document in documents),
            note=self._counts.get("diagnosis", ""),
            dead_groups=1.0 - self._counts["kept"] / self._counts["drawn"] if self._counts["drawn"] else None,
        )

    def finish(self, batch: StepBatch, row: Row) -> Row | None:
        """One row per step: means over its updates, and the counts of its sampling."""
        self._rows.append(row | {"weight": batch.normaliser})
        self._used.update(batch.ids)
        del self._pending[0]
        if self._pending:
            return None
        report = merge_rows(self._rows) | self._counts
        self._rows = []
        self._step += 1
        return report

    def describe(self, summary: TrainSummary) -> TrainSummary:
        """Prompts, generated tokens, used examples, and kept and dropped groups by task."""
        return replace(
            summary,
            prompts=self._totals["prompts"],
            generated=self._totals["generated"],
            examples=len(self._used),
            tasks={task: dict(counts) for task, counts in self._tasks.items()},
        )

    def _collect(self) -> None:
        need = self._settings.groups_per_step
        ready, self._surplus = self._surplus, []
        earlier = {id(group) for group in ready}
        verdicts: list[Verdict] = []
        rounds = 0
        while len(ready) < need and rounds < self._settings.max_rounds:
            prompts = self._drawer.draw(math.ceil((need - len(ready)) * self._settings.oversample))
            seed = np.random.SeedSequence([self._settings.seed, self._step, rounds]).generate_state(1)[0]
            fresh = self._groups.draw(prompts, int(seed))
            kept = [verdict.group for verdict in fresh if verdict.group is not None]
            ready += kept
            verdicts += fresh
            rounds += 1
        self._count(verdicts, rounds)
        if self._on_rollouts is not None and verdicts:
            self._on_rollouts(rollout_records(self._step, verdicts, self._decode))
        demand_scored(verdicts, self._step, self._settings.max_unscored)
        chosen, self._surplus = spread(ready, need, self._drawer.weights)
        order = np.random.default_rng([self._settings.seed, self._step]).permutation(len(chosen))
        parts = np.array_split(order, min(self._settings.mini_batches, max(1, len(chosen))))
        self._pending = [[chosen[int(index)] for index in part] for part in parts]
        if self._relabel is not None:
            self._renew(earlier, self._relabel)
        self._counts["trained"] = len(chosen)
        if not chosen:
            self._counts["diagnosis"] = diagnosis(self._counts, rounds, self._settings)

    def _renew(self, earlier: Collection[int], relabel: Relabel) -> None:
        """Old log-probabilities in the update's arithmetic; ``earlier`` (by identity) have theirs already.

        The first mini-batch meets the policy that sampled it, so its own pass gives them for nothing.
        """
        first, *later = self._pending
        self._pending[0] = [group if id(group) in earlier else of_current_policy(group) for group in first]
        for part in (*later, self._surplus):
            stale = [place for place, group in enumerate(part) if id(group) not in earlier]
            for place, group in zip(stale, relabel([part[place] for place in stale]), strict=True):
                part[place] = group

    def _count(self, verdicts: Sequence[Verdict], rounds: int) -> None:
        self._counts = step_counts(verdicts) | {"rounds": rounds}
        self._totals["prompts"] += len(verdicts)
        self._totals["generated"] += sum(len(a.ids) for verdict in verdicts for a in verdict.completions)
        by_task = self._counts["tasks"]
        for task, counts in by_task.items():
            total = self._tasks.setdefault(task, dict.fromkeys(COUNTED, 0))
            for name in COUNTED:
                total[name] += counts[name]
        self._drawer.learn(
            {task: counts["kept"] for task, counts in by_task.items()},
            {task: counts["drawn"] for task, counts in by_task.items()},
        )

    def state_dict(self) -> dict[str, Any]:
        """Everything between two updates: place, drawer, waiting groups, counts."""
        return {
            "step": self._step,
            "drawer": self._drawer.state_dict(),
            "pending": [[group_to_json(group) for group in part] for part in self._pending],
            "surplus": [group_to_json(group) for group in self._surplus],
            "counts": self._counts,
            "rows": self._rows,
            "totals": self._totals,
            "tasks": self._tasks,
            "used": sorted(self._used),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there; groups that were sampled are not sampled again."""
        self._step = int(state["step"])
        self._drawer.load_state_dict(state["drawer"])
        self._pending = [[group_from_json(row) for row in part] for part in state["pending"]]
        self._surplus = [group_from_json(row) for row in state["surplus"]]
        self._counts = dict(state["counts"])
        self._rows = list(state["rows"])
        self._totals = dict(state["totals"])
        self._tasks = {task: dict(counts) for task, counts in state["tasks"].items()}
        self._used = set(state["used"])
