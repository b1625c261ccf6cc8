"""Preference optimization: where pairs come from, who may judge, and how the model is trained on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from redone.recipe.config.node import NAME_PATTERN, Node
from redone.recipe.config.optimization import OptimizerConfig, Positive, Share

StageName = Annotated[str, Field(pattern=NAME_PATTERN)]


class RuleJudgeConfig(Node):
    """A judge that checks rules: length, language, topic, repetition, form."""

    kind: Literal["rules"]
    """Which judge this is."""
    name: StageName = "rules"
    """How tables call it."""
    margin: Annotated[float, Field(ge=0, le=4)] = 0.05
    """Answers less than this apart are a tie; a kept merit counts 1, a common duty 4."""
    longest: Positive = 30
    """Answers above so many words (characters in Chinese) lose points."""
    shortest: Positive = 3
    """Answers below so many words lose points."""


class LikenessJudgeConfig(Node):
    """A judge that prefers what is more like the logged answers."""

    kind: Literal["likeness"]
    """Which judge this is."""
    name: StageName = "likeness"
    """How tables call it."""
    metric: str = "rouge_l"
    """A metric of the registry."""
    margin: Share = 0.05
    """Scores less than this apart are a tie."""


class EndpointJudgeConfig(Node):
    """A model behind an OpenAI-compatible address."""

    kind: Literal["endpoint"]
    """Which judge this is."""
    name: StageName
    """How tables call it."""
    url: Annotated[str, Field(pattern=r"^https?://")]
    """Base of the address, up to and without /chat/completions."""
    model: Annotated[str, Field(min_length=1)]
    """The model's name at that address."""
    key_variable: str = ""
    """Environment variable that holds the key; empty: none is sent."""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """Seconds until a call counts as failed."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """Tries per call, with growing waits."""
    parallel: Annotated[int, Field(ge=1, le=256)] = 8
    """Calls under way at a time."""
    max_tokens: Positive = 1024
    """Longest reply, thinking included."""
    give_up_after: Positive = 8
    """After so many failed calls in a row the judge is taken to be down and its pairs stay unlabelled."""


JudgeConfig = Annotated[
    RuleJudgeConfig | LikenessJudgeConfig | EndpointJudgeConfig, Field(discriminator="kind")
]


class ExpertConfig(Node):
    """Where the experts' annotation comes from."""

    annotations: str = ""
    """JSONL file of annotated pairs, relative to the recipe; empty: the simulated platform's experts."""
    pairs: Annotated[int, Field(ge=0)] = 200
    """Pairs that the simulated experts annotate, over all subjective tasks; scarce, as experts are."""
    slips: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    """Share of them that the simulated experts label the wrong way round."""


class GateConfig(Node):
    """Which judges may label (not published: the paper names agreement and no measure)."""

    kappa_low: Annotated[float, Field(ge=0, lt=1)] = 0.2
    """The lower end of the interval of Cohen's kappa must be above this."""
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Level of that interval."""
    min_pairs: Positive = 20
    """Annotated pairs of a task that must have got a verdict."""
    max_attack_success: Share = 0.05
    """Share of the attack suite that may win against answers that the experts prefer."""


class DPOConfig(Node):
    """Direct preference optimization (no setting of it is published)."""

    epochs: Annotated[int, Field(ge=1, le=100)] = 1
    """Passes over the pairs."""
    pairs_per_step: Positive = 32
    """Pairs per optimizer step."""
    beta: Annotated[float, Field(gt=0, le=10)] = 0.1
    """How strongly the model is held to where it started."""
    label_smoothing: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    """Assumed share of pairs with swapped sides."""
    next_token_weight: Annotated[float, Field(ge=0, le=10)] = 0.0
    """Weight of the mean next-token loss on chosen answers, added to the preference loss; 0: none."""
    chosen_floor: Annotated[float, Field(ge=0, lt=1)] = 0.2
    """Training stops when a chosen token keeps less than this share of its likelihood; 0: never."""
    chosen_window: Positive = 8
    """Steps over which that share is averaged."""
    row_tokens: Positive = 512
    """Pairs are packed into rows of so many tokens; longer ones are left out, and counted."""
    checkpoint_every: Positive = 50
    """Optimizer steps between two checkpoints."""
    optimizer: OptimizerConfig
    """How the weights move."""


class PreferenceStage(Node):
    """Preference optimization (RedOne 1.0, stage 3): pairs from experts, judges, options and own mistakes."""

    kind: Literal["preference"]
    """Which stage this is."""
    name: StageName = "preference"
    """Folder and table name; distinct within a recipe."""
    subjective: tuple[str, ...] = ()
    """Tasks whose answers only people can rank; empty: those of the pool that are answered in free wording."""
    experts: ExpertConfig = ExpertConfig()
    """The annotation that everything subjective rests on."""
    judges: tuple[JudgeConfig, ...] = (RuleJudgeConfig(kind="rules"), LikenessJudgeConfig(kind="likeness"))
    """Candidates for the panel that extends the experts' annotation."""
    gate: GateConfig = GateConfig()
    """Who of them is admitted."""
    judged_pairs: Annotated[int, Field(ge=0)] = 400
    """Pairs of sampled answers that the panel is asked about."""
    option_pairs: Annotated[int, Field(ge=0)] = 400
    """Correct answer against a wrong option of the question."""
    mistake_pairs: Annotated[int, Field(ge=0)] = 800
    """Ground truth against a wrong answer that the model sampled."""
    general_share: Share = 0.25
    """Share of general questions among option and mistake pairs."""
    candidates: Annotated[int, Field(ge=2, le=64)] = 4
    """Answers sampled per prompt."""
    temperature: Annotated[float, Field(gt=0, le=2)] = 1.0
    """Sampling temperature of candidates."""
    mistake_below: Share = 0.5
    """A sampled answer is a mistake when it scores below this."""
    confirmed_mistakes: bool = True
    """Take a mistake only where another sample of the prompt reached mistake_below: against a wrong label the
    model's right answers look like mistakes (our addition; false: every mistake)."""
    weights: Mapping[Literal["expert", "judge", "options", "mistake"], Annotated[float, Field(gt=0)]] = {}
    """Drawing weights by kind of pair; empty: every pair once per epoch."""
    dpo: DPOConfig
    """How it is trained."""

    @model_validator(mode="after")
    def _judges_are_distinct(self) -> Self:
        names = [judge.name for judge in self.judges]
        if double := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two judges are named {double[0]!r}; give one of them another `name`")
        return self
