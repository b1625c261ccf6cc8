"""Continued pretraining: the text, how much of which source, and how it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from redone.recipe.config.node import NAME_PATTERN, Node
from redone.recipe.config.optimization import OptimizerConfig, Positive, Rate, Share

SourceName = Annotated[str, Field(pattern=NAME_PATTERN)]
EmbeddedText = Literal[
    "interactions", "notes", "threads", "searches", "parallel", "glossary", "facts", "questions"
]


class TextSource(Node):
    """One source of plain text: of the embedded platform, or curated files."""

    part: Literal["platform", "general"]
    """What it counts as when losses are summed up: platform text, or general text that keeps other abilities."""
    text: EmbeddedText | None = None
    """Text of the embedded platform, where files is empty. interactions: notes, comments and queries that users
    tie together; notes; threads: a note with its comments; searches: a query with what was opened; parallel;
    glossary. General: facts; questions with their answers."""
    files: tuple[str, ...] = ()
    """JSONL or Parquet files, or folders of them, with a column `text`: what `redone curate` writes. Relative to
    the recipe file."""
    documents: Positive = 1000
    """At most so many documents are read; with fewer the source is all that there is."""
    held_out: Annotated[int, Field(ge=8)] = 60
    """Documents kept apart for the held-out loss: of the embedded platform's dev split, or the first of the
    files."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.text is None) == (not self.files):
            raise ValueError(
                "give either `text` (of the embedded platform) or `files`; for example text: interactions"
            )
        return self


class UniformMixture(Node):
    """Every source gets the same share of the tokens, as far as the repetition cap allows."""

    kind: Literal["uniform"] = "uniform"
    """Which way to mix: uniform, fixed or search."""


class FixedMixture(Node):
    """Shares of the tokens as given, as far as the repetition cap allows."""

    kind: Literal["fixed"]
    """Which way to mix: uniform, fixed or search."""
    weights: Annotated[Mapping[SourceName, Annotated[float, Field(gt=0)]], Field(min_length=1)]
    """Source -> share of the tokens; scaled to add up to 1. Every source is named."""


class SearchMixture(Node):
    """A search after RegMix (arXiv 2407.01492): proxies on random mixtures, a regression, the best predicted one.

    How RedOne applied it is not published; proxies, target and gate are ours.
    """

    kind: Literal["search"]
    """Which way to mix: uniform, fixed or search."""
    proxies: Annotated[int, Field(ge=8, le=1024)] = 24
    """Proxy runs that the regression is fitted on."""
    held_out_proxies: Annotated[int, Field(ge=5, le=256)] = 8
    """Further proxy runs that judge it."""
    proxy_tokens: Positive = 12_000
    """Tokens that a proxy reads. Its sources are cut down in the same ratio, so that they repeat as often as in
    the stage itself."""
    start: Literal["model", "scratch"] = "model"
    """A proxy is the stage's own model, trained briefly, or a small one from scratch (for large models)."""
    hidden: Positive = 64
    """Width of a proxy from scratch."""
    layers: Positive = 2
    """Transformer blocks of a proxy from scratch."""
    learning_rate: Rate = 1e-3
    """Highest rate of a proxy; its schedule is cosine, after a tenth of warm-up."""
    target_platform: Share = 0.7
    """The target is this share of the held-out platform loss plus the rest of the general one."""
    regression: Literal["log", "linear", "lightgbm"] = "log"
    """From weights to target: ridge on logarithms of weights, ridge on weights, or boosted trees (which RegMix
    uses, with hundreds of proxies)."""
    min_correlation: Annotated[float, Field(ge=-1, le=1)] = 0.5
    """Rank correlation of predicted and measured target over the held-out proxies below which the search is
    refused; the sources are then mixed evenly, and the run says so."""


MixtureConfig = Annotated[UniformMixture | FixedMixture | SearchMixture, Field(discriminator="kind")]


class ReadingConfig(Node):
    """Next-token training on whole documents."""

    tokens: Positive
    """Tokens to read in all, repeats included."""
    max_repeats: Annotated[float, Field(ge=1, le=100)] = 4.0
    """No source is read more often than this; what it would get beyond goes to the others."""
    tokens_per_step: Positive = 2048
    """Tokens per optimizer step."""
    row_tokens: Positive = 256
    """Documents are packed into rows of so many tokens, without attention between documents; longer ones are cut
    into pieces of this length."""
    measure_every: Positive = 25
    """Optimizer steps between two measurements of the held-out loss of every source."""
    compute: Literal["bf16", "f32"] = "bf16"
    """Number format of the products; weights and optimizer state are float32 for tiny models."""
    checkpoint_every: Positive = 50
    """Optimizer steps between two checkpoints."""
    optimizer: OptimizerConfig
    """How the weights move."""

    @model_validator(mode="after")
    def _rows_fit(self) -> Self:
        if self.row_tokens > self.tokens_per_step:
            raise ValueError(
                f"row_tokens {self.row_tokens} is larger than tokens_per_step {self.tokens_per_step}; "
                "a step holds whole rows, so raise tokens_per_step or lower row_tokens"
            )
        return self


class ContinuedStage(Node):
    """Continued pretraining on general and platform text (RedOne 1.0, stage 1)."""

    kind: Literal["continued_pretraining"]
    """Which stage this is."""
    name: SourceName = "cpt"
    """Folder and table name; distinct within a recipe."""
    sources: Annotated[Mapping[SourceName, TextSource], Field(min_length=2)]
    """Name -> text."""
    mixture: MixtureConfig = UniformMixture()
    """How much of which source."""
    reading: ReadingConfig
    """How it is trained."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if not any(source.part == "platform" for source in self.sources.values()):
            raise ValueError("no source has part: platform, so there is nothing to adapt to; add one")
        if isinstance(self.mixture, FixedMixture):
            names, given = set(self.sources), set(self.mixture.weights)
            if strange := sorted(given - names):
                raise ValueError(
                    f"mixture.weights names {strange[0]!r}; the sources are {', '.join(sorted(names))}"
                )
            if absent := sorted(names - given):
                raise ValueError(
                    f"mixture.weights has no share for {absent[0]!r}; add it, or drop the source"
                )
        if isinstance(self.mixture, SearchMixture):
            if self.mixture.proxy_tokens > self.reading.tokens:
                raise ValueError(
                    f"mixture.proxy_tokens {self.mixture.proxy_tokens} is more than reading.tokens "
                    f"{self.reading.tokens}; a proxy reads a small part"
                )
            if not any(source.part == "general" for source in self.sources.values()):
                raise ValueError(
                    "a search weighs platform against general text; add a source with part: general"
                )
        return self
