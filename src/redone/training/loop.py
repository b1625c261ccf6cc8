"""The one loop: take a batch, add up its loss, refuse bad numbers, step, report, save."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from redone.errors import Interrupted, UserError
from redone.model.attention import flat_missing
from redone.training.checkpoint import CheckpointStore, capture, check_fingerprint, restore
from redone.training.contracts import BatchSource, Objective, OnStep, Row, StepBatch, TrainSummary
from redone.training.gradients import accumulate, demand_finite
from redone.training.optimizer import NonFiniteError, clip_gradients, learning_rate, make_optimizer
from redone.training.parallel.sharding import shard_model
from redone.training.parallel.world import current_world
from redone.training.profile import Profile, current_profile, timed
from redone.training.settings import OptimizerSettings, settings_to_json


@dataclass(slots=True, kw_only=True)
class Loop:
    """A model, an objective, a source and a schedule, run to the end by ``run``."""

    model: Any
    objective: Objective
    source: BatchSource
    settings: OptimizerSettings
    fingerprint: Mapping[str, Any]
    checkpoints: CheckpointStore | None = None
    on_step: OnStep | None = None
    stop: threading.Event | None = None

    def run(self) -> TrainSummary:
        """Train until the source ends.

        Raises:
            Interrupted: a stop was requested; a checkpoint was written if there is a store. NonFiniteError: a
                loss or gradient was not finite; weights and optimizer are unchanged by that step. UserError:
                the checkpoint belongs to other settings or data, or the layout does not fit the model.

        """
        if self.settings.layout == "flat" and (missing := flat_missing(self.model)):
            raise UserError(f"{missing}; set layout to rows")
        if self.settings.recompute:
            self.model.activation_checkpointing_enable()
        shard_model(self.model, current_world())
        optimizer = make_optimizer(self.model, self.settings)
        summary, turns = self._resume(optimizer)
        if (profile := current_profile()) is not None:
            world = current_world()
            processes = 1 if world is None else world.size
            profile.begin(self.model, compute=self.settings.compute, processes=processes)
        began, earlier, saved_at = time.perf_counter(), summary.seconds, turns
        self.model.train()
        while True:
            started = time.perf_counter()
            if (batch := self.source.next_batch()) is None:
                break
            row = self._update(optimizer, batch, summary)
            row["seconds"] = time.perf_counter() - started
            turns += 1
            summary.seconds = earlier + time.perf_counter() - began
            if profile is not None:
                _profiled(profile, batch, row)
            self._report(batch, row, summary)
            stopping = self._asked_to_stop()
            if self.checkpoints and (
                stopping or (self.checkpoints.every and turns % self.checkpoints.every == 0)
            ):
                self._save(optimizer, summary, turns)
                saved_at = turns
            if stopping:
                raise Interrupted(f"stopped on request after update {summary.updates}; run again to go on")
        if self.checkpoints and saved_at != turns:
            self._save(optimizer, summary, turns)
        return self.source.describe(summary)

    def _asked_to_stop(self) -> bool:
        asked = self.stop is not None and self.stop.is_set()
        world = current_world()
        return asked if world is None else any(world.gather(asked))

    def _update(self, optimizer: torch.optim.Optimizer, batch: StepBatch, summary: TrainSummary) -> Row:
        """One optimizer step over the micro-batches; a batch without any changes nothing."""
        rate = learning_rate(self.settings, batch.step, self.source.steps)
        row: Row = {"kind": "train", "step": batch.step, "loss": None, "lr": rate, "grad_norm": None}
        if batch.micro_batches:
            try:
                total, sums = accumulate(self.model, self.objective, batch, self.settings, summary.updates)
                trained = [p for group in optimizer.param_groups for p in group["params"]]
                norm = clip_gradients(trained, self.settings.clip)
                demand_finite("the gradient", norm, batch, summary.updates)
            except NonFiniteError:
                optimizer.zero_grad(set_to_none=True)
                raise
            for group in optimizer.param_groups:
                group["lr"] = rate
            with timed("optimizer"):
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            row |= {"loss": total, "grad_norm": norm} | self.objective.summary(sums, batch.normaliser)
            summary.updates += 1
        summary.tokens += batch.tokens
        row |= {"tokens": batch.tokens, "examples": len(batch.ids)}
        return row

    def _report(self, batch: StepBatch, row: Row, summary: TrainSummary) -> None:
        if batch.note:
            summary.notes.append(f"step {batch.step}: {batch.note}")
        report = self.source.finish(batch, row)
        if report is None:
            return
        summary.steps += 1
        summary.last = report
        if self.on_step is not None:
            self.on_step(report)

    def _save(self, optimizer: torch.optim.Optimizer, summary: TrainSummary, turns: int) -> None:
        assert self.checkpoints is not None
        world = current_world()
        progress = {
            "turns": turns,
            "summary": asdict(summary),
            "source": self.source.state_dict(),
            "threads": torch.get_num_threads(),
        }
        saved = capture(self.model, optimizer, turns, progress=progress, fingerprint=self._fingerprint())
        if world is None or world.first:
            self.checkpoints.save(saved)
        if world is not None:
            world.tell(None)  # nobody goes on before the checkpoint stands

    def _resume(self, optimizer: torch.optim.Optimizer) -> tuple[TrainSummary, int]:
        if self.checkpoints is None:
            return TrainSummary(), 0
        saved, refused = self.checkpoints.load()
        if saved is None:
            return TrainSummary(notes=[f"checkpoint refused: {line}" for line in refused]), 0
        check_fingerprint(saved.state["fingerprint"], self._fingerprint())
        progress = restore(saved, self.model, optimizer)
        self.source.load_state_dict(progress["source"])
        summary = TrainSummary(**progress["summary"])
        summary.resumed_at = summary.updates
        summary.notes += [f"checkpoint refused: {line}" for line in refused]
        if progress["threads"] != torch.get_num_threads():
            summary.notes.append(
                f"resumed with {torch.get_num_threads()} threads after {progress['threads']}: sums are taken in "
                "another order, so the last bits may differ from an uninterrupted run"
            )
        return summary, int(progress["turns"])

    def _fingerprint(self) -> dict[str, Any]:
        own = self.checkpoints.fingerprint if self.checkpoints else {}
        config = self.model.config.to_dict()
        shape = {
            key: config.get(key) for key in ("model_type", "vocab_size", "hidden_size", "num_hidden_layers")
        }
        return {
            "settings": settings_to_json(self.settings),
            "model": shape,
            **self.fingerprint,
            **own,
        }


def _profiled(profile: Profile, batch: StepBatch, row: Row) -> None:
    profile.count(
        tokens=batch.tokens if batch.columns is None else batch.columns,
        slots=sum(micro.ids.numel() for micro in batch.micro_batches),
        targets=sum(len(micro.targets) for micro in batch.micro_batches),
    )
    profile.close(row["step"], batch.dead_groups)
