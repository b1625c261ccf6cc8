"""How each kind of base model and stage is made: the table that the runner works with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from redone.recipe.answering import Answer, Decoding, Examinee
from redone.recipe.config import FilesData, Recipe
from redone.recipe.context import StageContext, Workshop
from redone.recipe.dataset import Dataset, by_task, cap_per_task
from redone.recipe.durable import write_bytes
from redone.recipe.evaluation import evaluate
from redone.recipe.filed import filed_dataset
from redone.recipe.guarding import TrainingCheck, guarded
from redone.recipe.materials import Materials, SharedScorer
from redone.recipe.simulated import simulated_dataset
from redone.recipe.stages import (
    continued,
    exploratory,
    folder_base,
    preference,
    refinement,
    supervised,
    targeted,
    tiny_base,
)
from redone.recipe.stages.policy import open_policy
from redone.records import Example
from redone.scoring import RewardRouter
from redone.scoring.sandbox import open_sandbox
from redone.tasks import Scorer, baseline


def workshop(check: TrainingCheck | None = None) -> Workshop:
    """The stages of RedOne 2.0 and their baselines; ``check`` searches training texts for benchmark items."""
    return Workshop(
        stages={
            "tiny": tiny_base.run,
            "folder": folder_base.run,
            "exploratory": exploratory.run,
            "targeted": targeted.run,
            "refinement": refinement.run,
            "supervised": supervised.run,
            "preference": preference.run,
            "continued_pretraining": continued.run,
        },
        prepare=lambda recipe, root: prepare(recipe, root, check),
        notes=lambda materials: materials.dataset.notes,
        evaluate=measure,
    )


def prepare(recipe: Recipe, root: Path, check: TrainingCheck | None = None) -> Materials:
    """Build the dataset and open the sandbox; without one, tasks that run code are left out, and said so.

    Raises:
        UserError: the data are wrong, or hold benchmark items that the recipe does not except.

    """
    sandbox, reason = open_sandbox()
    if isinstance(recipe.data, FilesData):
        dataset = filed_dataset(recipe, root, sandbox=sandbox is not None)
    else:
        dataset = simulated_dataset(recipe, sandbox=sandbox is not None)
    scorer = SharedScorer(RewardRouter(sandbox), dataset.tasks)
    notes = (*dataset.notes, *guarded(recipe, dataset, root, check))
    if sandbox is None:
        notes = (*notes, f"no code tasks: {reason}")
    return Materials(_with_baselines(dataset, scorer, notes), scorer)


def measure(context: StageContext) -> Mapping[str, Any]:
    """Score the model in both decodings on the test split; leave samples to look at."""
    materials: Materials = context.dataset
    settings = context.recipe.evaluation
    policy = open_policy(context, training=False)
    longest = settings.max_new_tokens
    decodings = [
        Decoding(name="greedy", temperature=0.0, samples=1, max_new_tokens=longest),
        Decoding(
            name="sampled", temperature=settings.temperature, samples=settings.samples, max_new_tokens=longest
        ),
    ]
    examinee = Examinee(policy.sampler, policy.chat, materials.scorer)
    items = test_items(materials.dataset, settings.items_per_task)

    def answers(decoding: Decoding) -> list[list[Answer]]:
        context.progress.advance(0, 1, f"evaluation ({decoding.name})")
        return examinee.answer(items, decoding, seed=context.seed)

    suites, rows = evaluate(answers, decodings, materials.dataset.tasks, materials.dataset.baselines)
    lines = pl.DataFrame(rows, infer_schema_length=None).write_ndjson()
    write_bytes(context.folder / "samples.jsonl", lines.encode())
    return suites


def test_items(dataset: Dataset, per_task: int) -> list[Example]:
    """The items that scores are made of: ``per_task`` of every platform task, and all general ones."""
    platform = [e for e in dataset.test if dataset.tasks[e.task].suite != "general"]
    general = [e for e in dataset.test if dataset.tasks[e.task].suite == "general"]
    return [*cap_per_task(platform, per_task), *general]


def _with_baselines(dataset: Dataset, scorer: Scorer, notes: tuple[str, ...]) -> Dataset:
    found: dict[str, dict[str, float]] = {}
    for task, own in by_task(dataset.test).items():
        trivial = baseline(own, scorer)
        named = {"majority": trivial.constant, "trivial": trivial.echo, "chance": trivial.chance}
        found[task] = {name: value for name, value in named.items() if value is not None}
    return Dataset(
        tasks=dataset.tasks,
        train=dataset.train,
        general=dataset.general,
        dev=dataset.dev,
        test=dataset.test,
        baselines=found,
        reasoning=dataset.reasoning,
        notes=notes,
    )
