"""A trainer of TRL and our loop on the very batches that it draws, in turns, with both losses."""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from _clock import environment, one_thread, summary

from redone.training.contracts import StepBatch, TrainSummary
from redone.training.documents import Document
from redone.training.loop import Loop
from redone.training.optimizer import make_optimizer
from redone.training.packing import pack

TRL_OPTIMIZER = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0, "clip": 1.0}
SHARED = {
    "learning_rate": 1e-3,
    "lr_scheduler_type": "constant",
    "max_grad_norm": 1.0,
    "optim": "adamw_torch_fused",
    "use_cpu": True,
    "gradient_checkpointing": False,
    "report_to": [],
    "disable_tqdm": True,
    "save_strategy": "no",
    "logging_strategy": "steps",
    "logging_steps": 1,
}


class Replay:
    """Our loop, one update at a time, on documents given to it."""

    def __init__(self, model: Any, objective: Any, settings: Any) -> None:
        self.loop = Loop(
            model=model, objective=objective, source=_Endless(), settings=settings, fingerprint={}
        )
        self.optimizer = make_optimizer(model, settings)
        self.settings = settings
        self.summary = TrainSummary()
        model.train()

    def step(self, make: Callable[[], tuple[Sequence[Document], float]]) -> tuple[float, float]:
        """CPU seconds of laying out and training on ``make``'s documents, and the loss."""
        began = time.process_time()
        documents, normaliser = make()
        micro = pack(
            documents,
            row_tokens=self.settings.row_tokens,
            batch_tokens=self.settings.batch_tokens,
            layout=self.settings.layout,
        )
        batch = StepBatch(step=0, micro_batches=micro, normaliser=normaliser, ids=[], tokens=0)
        row = self.loop._update(self.optimizer, batch, self.summary)
        return time.process_time() - began, float(row["loss"])


class _Endless:
    steps = 1


def take_turns(trainer: Any, beside: Callable[[dict[str, Any]], tuple[float, float]]) -> dict[str, Any]:
    """Train; after each step of ``trainer`` (one batch each) ``beside`` gets its batch and trains on it."""
    from transformers import TrainerCallback

    seen: dict[str, Any] = {}
    theirs: list[float] = []
    ours: list[tuple[float, float]] = []
    plain = trainer.compute_loss

    def compute_loss(model: Any, inputs: Any, *rest: Any, **named: Any) -> Any:
        seen["inputs"] = {name: value.clone() for name, value in inputs.items() if hasattr(value, "clone")}
        return plain(model, inputs, *rest, **named)

    trainer.compute_loss = compute_loss

    class Turns(TrainerCallback):
        """Times whole steps of the trainer."""

        def on_step_begin(self, *rest: Any, **named: Any) -> None:
            """Start the clock."""
            seen["began"] = time.process_time()

        def on_step_end(self, *rest: Any, **named: Any) -> None:
            """Stop the clock and let the other side train on the same batch."""
            theirs.append(time.process_time() - seen["began"])
            ours.append(beside(seen["inputs"]))

    trainer.add_callback(Turns())
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        trainer.train()
    finally:
        sys.stdout = out
    curve = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    seconds = [spent for spent, _ in ours]
    return {
        "trl": summary(theirs[1:]),
        "redone": summary(seconds[1:]),
        "ratio": round(statistics.median(t / o for t, o in zip(theirs[1:], seconds[1:], strict=True)), 2),
        "loss_trl": [round(loss, 6) for loss in curve],
        "loss_redone": [round(loss, 6) for _, loss in ours],
        "largest_loss_gap": max(abs(a - b) for a, (_, b) in zip(curve, ours, strict=True)),
    }


def print_beside(name: str, about: str | None, measure: Callable[..., dict[str, Any]]) -> None:
    """The command line of a benchmark: ``measure(rounds, compute, **sizes)`` as one JSON object."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--compute", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--quick", action="store_true", help="a tiny model and two rounds: does it run?")
    options = parser.parse_args()
    one_thread()
    logging.disable(logging.WARNING)
    small = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "vocab_size": 512}
    rounds, sizes = (2, small) if options.quick else (options.rounds, {})
    found = measure(rounds, options.compute, **sizes)
    packages = ("redone", "torch", "transformers", "trl")
    print(json.dumps({"benchmark": name, **environment(*packages), **found}, indent=1))
