"""The dataset of a run on the embedded platform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from redone.recipe.config import Recipe, SimulatorData
from redone.recipe.dataset import Dataset
from redone.recipe.hashing import derive_seed
from redone.records import Example
from redone.sources.simulator import Split, World, WorldSettings, make_world, stream
from redone.sources.simulator.observation import ObservationSettings, observe
from redone.tasks import BuildSettings, build_examples, build_general, catalogue, task_ids

UNSEEN_PROMPTS = 0.25
"""Share of test items in a wording that no training prompt has; reported apart."""
BLOCKS_AHEAD = 400
"""How many blocks of users are searched for a task's examples before the run says that there are too few."""


def world_of(recipe: Recipe) -> World:
    """The platform of a recipe: its seed decides words, names, slang and habits."""
    data = recipe.data
    assert isinstance(data, SimulatorData)
    return make_world(
        WorldSettings(
            seed=recipe.seed,
            style=data.world.style,
            languages=data.languages,
            categories=data.world.categories,
            subs=data.world.subcategories,
            words=data.world.words_per_topic,
            brands=data.world.names,
            places=data.world.names,
            products=data.world.names,
            slang=data.world.slang,
        )
    )


def platform_tasks(data: SimulatorData) -> tuple[str, ...]:
    """The platform tasks of a recipe, in the catalogue's order."""
    every = task_ids("sns", "translation")
    return tuple(task for task in every if task in data.tasks) if data.tasks else every


def general_tasks(*, sandbox: bool) -> tuple[str, ...]:
    """The general tasks; those that run code only where there is a sandbox."""
    tasks = catalogue()
    return tuple(t for t in task_ids("general") if sandbox or tasks[t].reward.kind != "sandbox")


def simulated_dataset(recipe: Recipe, *, sandbox: bool) -> Dataset:
    """Build every split; only the labels of ``train`` and ``general`` are as a log has them."""
    data = recipe.data
    assert isinstance(data, SimulatorData)
    world = world_of(recipe)
    sizes, general = data.examples_per_task, data.general
    names = platform_tasks(data)
    seed = derive_seed(recipe.seed, "data")
    taught = tuple(task for task in names if task not in data.held_out_tasks)
    truth = list(platform_examples(world, "train", taught, sizes.train, seed))
    questions = list(general_examples("train", general.train, recipe.seed, sandbox=sandbox))
    watched = observation(data, len(truth) + len(questions))
    train = tuple(observe(truth, watched, derive_seed(seed, "labels")))
    asked = tuple(observe(questions, watched, derive_seed(seed, "general labels")))
    parts: tuple[tuple[Split, int, int], ...] = (
        ("dev", sizes.dev, general.dev),
        ("test", sizes.test, general.test),
    )
    held_out = {
        split: (
            *platform_examples(world, split, names if split == "test" else taught, count, seed),
            *general_examples(split, asked_of_all, recipe.seed, sandbox=sandbox),
        )
        for split, count, asked_of_all in parts
    }
    wrong = sum(a.references != b.references for a, b in zip(truth, train, strict=True))
    tasks = catalogue()
    used = {example.task for example in (*train, *asked, *held_out["test"])}
    return Dataset(
        tasks={task: tasks[task] for task in tasks if task in used},
        train=train,
        general=asked,
        dev=held_out["dev"],
        test=held_out["test"],
        reasoning=frozenset(example.task for example in (*truth, *questions) if example.rationale),
        notes=(
            f"{len(train)} platform and {len(asked)} general training examples, "
            f"{wrong} platform references are wrong",
        ),
    )


def platform_examples(
    world: World, split: Split, names: Iterable[str], per_task: int, seed: int
) -> Iterator[Example]:
    """``per_task`` examples of every task from as many users as that takes."""
    size = world.settings.block_users
    blocks = chain.from_iterable(
        stream(world, split, users=size, start=n * size) for n in range(BLOCKS_AHEAD)
    )
    settings = BuildSettings(
        seed=derive_seed(seed, split),
        limit_per_task=per_task,
        languages=tuple(world.settings.languages),
        unseen_prompts=UNSEEN_PROMPTS if split == "test" else 0.0,
        held_out_templates=world.held_out_templates | world.held_out_titles,
    )
    return build_examples(blocks, task_ids=list(names), settings=settings)


def general_examples(split: Split, count: int, seed: int, *, sandbox: bool) -> Iterator[Example]:
    """``count`` general examples, evenly over the general tasks."""
    return islice(
        build_general(
            general_tasks(sandbox=sandbox),
            count=count,
            seed=derive_seed(seed, "general", split),
            split=split,
            world=seed,
            unseen_prompts=UNSEEN_PROMPTS if split == "test" else 0.0,
        ),
        count,
    )


def observation(data: SimulatorData, pool: int) -> ObservationSettings:
    """How labels as logged differ from the truth, in a pool of so many examples."""
    seen = data.observation
    return ObservationSettings(
        wrong=seen.wrong,
        systematic_share=seen.systematic_share,
        other_wording=seen.other_wording,
        outcome_only=seen.outcome_only,
        expert_share=min(1.0, seen.expert_examples / pool),
    )
