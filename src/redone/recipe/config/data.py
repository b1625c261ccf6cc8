"""Where examples come from: the simulated platform, or files described by mappings."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from redone.recipe.config.node import Node
from redone.recipe.config.optimization import Positive, Share

Language = Literal["zh", "en"]


class WorldSizes(Node):
    """What kind of platform is simulated, and how rich it is."""

    style: Literal["notes", "forum"] = "notes"
    """notes: short posts of a few clauses; forum: long posts in threads with several replies, another world of the
    same seed. Prompts are longer: mind max_prompt_tokens, row_tokens and max_positions."""
    categories: Annotated[int, Field(ge=2, le=40)] = 6
    """Top-level categories of the taxonomy."""
    subcategories: Annotated[int, Field(ge=2, le=12)] = 3
    """Children per category."""
    words_per_topic: Annotated[int, Field(ge=2, le=100)] = 6
    """Word pairs (zh and en) per leaf topic."""
    names: Annotated[int, Field(ge=4, le=1000)] = 16
    """Brands, places and products, of each so many."""
    slang: Annotated[int, Field(ge=1, le=100)] = 6
    """Concepts with slang words; in each language one word dies and another is born."""


class ExampleCounts(Node):
    """Examples per platform task and split."""

    train: Positive = 90
    """Unique training examples per task: the pool that every stage draws from."""
    dev: Annotated[int, Field(ge=8)] = 40
    """Per task, for the diagnosis: neither training nor benchmark."""
    test: Annotated[int, Field(ge=80)] = 80
    """Held-out prompts per task; below 80 the scores of two models cannot be told apart."""


class GeneralCounts(Node):
    """Prompts of general ability (arithmetic, look-up, code ...), over all general tasks together."""

    train: Positive = 1300
    """Distinct general prompts in the pool that all stages and arms draw from. General ability stays level in
    reinforcement learning with 400 or more; refinement needs several hundred that are hard."""
    dev: Positive = 240
    """For the diagnosis."""
    test: Positive = 480
    """For the general suite."""


class Observation(Node):
    """How labels as logged differ from the truth; the same for every arm of a comparison."""

    wrong: Annotated[float, Field(ge=0, le=0.5)] = 0.15
    """Share of training references that are wrong."""
    systematic_share: Share = 0.4
    """Share of the wrong ones that follow a rule (always the same confusion) and so cannot be averaged
    away."""
    other_wording: Share = 0.5
    """Share of targets that the log words differently from the form that the prompt asks for."""
    outcome_only: bool = True
    """General references without their rationale, as logs have them."""
    expert_examples: Annotated[int, Field(ge=0)] = 200
    """Examples with a checked, always right label: scarce, over all tasks together."""


class SimulatorData(Node):
    """The embedded platform: every seed is another world."""

    kind: Literal["simulator"] = "simulator"
    """Which source: simulator or files."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("zh", "en")
    """Languages of the platform."""
    world: WorldSizes = WorldSizes()
    """Sizes of lexicon and taxonomy."""
    examples_per_task: ExampleCounts = ExampleCounts()
    """Platform examples per task."""
    general: GeneralCounts = GeneralCounts()
    """General prompts."""
    observation: Observation = Observation()
    """How logged labels differ from the truth."""
    tasks: tuple[str, ...] = ()
    """Task ids to use; empty: every task that the platform's records allow."""
    unseen_tasks: tuple[str, ...] = ()
    """Task ids that the base model never sees, so that the stages' effect on new tasks is measured."""
    held_out_tasks: tuple[str, ...] = ()
    """Task ids that nothing is trained on, the base model included; they are only measured (out of
    distribution)."""

    @model_validator(mode="after")
    def _tasks_are_distinct(self) -> Self:
        for key in ("tasks", "unseen_tasks", "held_out_tasks", "languages"):
            values: tuple[str, ...] = getattr(self, key)
            double = sorted({v for v in values if values.count(v) > 1})
            if double:
                raise ValueError(f"{key} names {double[0]!r} more than once; keep one")
        for key, names in (("unseen_tasks", self.unseen_tasks), ("held_out_tasks", self.held_out_tasks)):
            if self.tasks and (strange := sorted(set(names) - set(self.tasks))):
                raise ValueError(
                    f"{key} names {strange[0]!r}, which is not in tasks; add it there or drop it"
                )
        if both := sorted(set(self.unseen_tasks) & set(self.held_out_tasks)):
            raise ValueError(
                f"{both[0]!r} is in unseen_tasks and in held_out_tasks; the stages train on the former"
            )
        return self


class FilesData(Node):
    """The user's own dumps, read through mapping files."""

    kind: Literal["files"]
    """Which source: simulator or files."""
    root: str = ""
    """Folder that relative paths inside the mapping files start from; empty: the mapping file's own
    folder."""
    mappings: Annotated[tuple[str, ...], Field(min_length=1)]
    """Mapping files (YAML) that say which column is what; relative to the recipe file."""
    examples_per_task: ExampleCounts = ExampleCounts()
    """At most so many examples per task and split; fewer where the files have fewer, and said so."""
    general: GeneralCounts = GeneralCounts()
    """General prompts, generated and from conversations."""
    chat_share: Share = 0.3
    """Part of the general prompts that are conversations, if the mapping files have any; the rest is
    generated."""
    quarantine_limit: Share = 0.05
    """Stop when a larger share of the rows of a file cannot be read."""
    tasks: tuple[str, ...] = ()
    """Task ids to use; empty: every task that the mappings name."""
    unseen_tasks: tuple[str, ...] = ()
    """Task ids that a tiny base model never sees in its own training."""


DataConfig = Annotated[SimulatorData | FilesData, Field(discriminator="kind")]
