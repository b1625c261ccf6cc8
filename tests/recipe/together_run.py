"""A run of every kind of stage in seconds, as one process or as one of several; a script that tests start.

together_run.py OUT [fail|vanish]
"""

import importlib.util
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from redone.cli.main import _complain
from redone.errors import AlreadySaid, RedoneError
from redone.recipe.config import Recipe, validate
from redone.recipe.context import Workshop
from redone.recipe.materials import SharedScorer
from redone.recipe.runner import RunOptions, run
from redone.recipe.stages import journal
from redone.recipe.workshop import prepare, workshop
from redone.records import Score
from redone.tasks import Scorer

spec = importlib.util.spec_from_file_location("speed", Path(__file__).with_name("test_speed.py"))
assert spec is not None and spec.loader is not None  # noqa: PT018
speed = importlib.util.module_from_spec(spec)
sys.modules["speed"] = speed
spec.loader.exec_module(speed)


def make_recipe() -> Recipe:
    """All kinds of stages on one tiny base."""
    tree = speed.make_tree()
    rl = tree["stages"][0]["rl"]
    sft = {"epochs": 1, "tokens_per_step": 512, "checkpoint_every": 1, "optimizer": speed.RATE}
    tree["stages"] = [
        {"kind": "exploratory", "rl": rl},
        {"kind": "targeted", "examples": 24, "candidates": 2, "diagnosis_samples": 2, "sft": sft},
        {"kind": "refinement", "screen_samples": 2, "rl": {**rl, "mini_batches": 2}},
        {"kind": "supervised", "sft": sft},
        tree["stages"][2] | {"mistake_pairs": 4},
    ]
    tree["base"]["optimizer"] = {"kind": "muon", "learning_rate": 5e-3}
    return validate(Recipe, tree, "test")


class Parity(Scorer):
    """Half of all answers are right: a model of seconds has no right ones, and would not be updated."""

    def score_many(self, items: Any) -> list[Score]:
        """By the length of the text."""
        return [Score(value=float(len(text) % 2), answer=text) for _, text, _ in items]


class SharedParity(SharedScorer, Parity):
    """The same, shared out."""


def bench() -> Workshop:
    """The real workshop with that scorer."""

    def prepared(recipe: Recipe, root: Path) -> Any:
        made = prepare(recipe, root)
        return replace(made, scorer=SharedParity(made.scorer.router, made.dataset.tasks))

    return replace(workshop(), prepare=prepared)


def trouble(kind: str) -> None:
    """In the third step of the first stage the second process fails, or ends without a word."""
    call = journal.StepReporter.__call__

    def report(self: Any, row: Any) -> None:
        call(self, row)
        if os.environ.get("RANK") == "1" and row["step"] == 2:
            if kind == "vanish":
                os._exit(9)
            raise MemoryError("no room in the second process")

    journal.StepReporter.__call__ = report  # type: ignore[method-assign]


if __name__ == "__main__":
    torch.set_num_threads(1)
    if len(sys.argv) > 2:
        trouble(sys.argv[2])
    try:
        run(make_recipe(), Path(sys.argv[1]), bench(), RunOptions())
    except AlreadySaid as error:
        sys.exit(error.exit_code)
    except RedoneError as error:
        sys.exit(_complain(str(error), error.exit_code))
