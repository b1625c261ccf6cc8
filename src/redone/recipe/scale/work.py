"""What each stage of a recipe reads and samples, in tokens. Counted as the stages do it, at given mean lengths."""

from __future__ import annotations

import math
from collections.abc import Callable

from redone.recipe.config import (
    DOUBT_SAMPLES,
    ContinuedStage,
    ExploratoryStage,
    FolderBase,
    Node,
    PreferenceStage,
    Recipe,
    RefinementStage,
    RLConfig,
    SearchMixture,
    SFTConfig,
    SupervisedStage,
    TargetedStage,
    TinyBase,
)
from redone.recipe.scale.flops import causal_pairs
from redone.recipe.scale.lengths import Lengths
from redone.recipe.scale.parts import PROXIES, Reading, Sampling, Work
from redone.recipe.scale.sizes import pool_sizes, task_count

TINY_TOKENS = 31
"""Mean tokens of what a tiny base reads: 30.6 in the demo."""
PROMPTS_PER_MISTAKE = 2
"""As in the preference stage: prompts answered per mistake wanted."""


def work_of(recipe: Recipe, lengths: Lengths) -> list[Work]:
    """The base model and every stage, in order, then the evaluation of them all."""
    found = [Work("base", recipe.base.kind, _base(recipe.base))]
    for stage in recipe.stages:
        found.append(Work(stage.name, stage.kind, _WORKERS[stage.kind](recipe, stage, lengths)))
    return [*found, Work("evaluation", "evaluation", _evaluation(recipe, lengths, len(found)))]


def _text(name: str, count: float, prompt: float, answer: float, *, trained: bool = True) -> Reading:
    length = prompt + answer
    return Reading(name, count * length, count * answer, count * causal_pairs(length), trained)


def _base(base: Node) -> tuple[Reading | Sampling, ...]:
    if isinstance(base, FolderBase):
        return ()
    assert isinstance(base, TinyBase)
    count = base.text_documents + base.echo_examples + base.general_examples + base.instruction_examples
    return (_text("pretraining", count, TINY_TOKENS / 2, TINY_TOKENS / 2),)


def _dapo(recipe: Recipe, rl: RLConfig, lengths: Lengths) -> tuple[Reading | Sampling, ...]:
    answer, prompt = min(lengths.answer, rl.max_new_tokens), min(lengths.prompt, rl.max_prompt_tokens)
    drawn = rl.groups_per_step * max(rl.oversample, 1.0 / lengths.kept if lengths.kept else 1.0)
    groups, size = rl.steps * rl.groups_per_step, rl.group_size
    columns = groups * (prompt + size * answer) * lengths.shared
    pairs = groups * (causal_pairs(prompt) + size * (answer * prompt + causal_pairs(answer))) * lengths.shared
    update = Reading("update", columns, groups * size * answer, pairs, True)
    rollouts = Sampling("rollouts", rl.steps * drawn, size, prompt, answer, rl.max_new_tokens, rl.steps)
    if recipe.precision == "float32":
        return rollouts, update
    # In bf16 the log-probabilities of rollouts are computed again in the arithmetic of the update.
    return rollouts, Reading("scoring", columns, update.targets, pairs, False), update


def _exploratory(recipe: Recipe, stage: Node, lengths: Lengths) -> tuple[Reading | Sampling, ...]:
    assert isinstance(stage, ExploratoryStage)
    return _dapo(recipe, stage.rl, lengths)


def _refinement(recipe: Recipe, stage: Node, lengths: Lengths) -> tuple[Reading | Sampling, ...]:
    assert isinstance(stage, RefinementStage)
    limit = stage.rl.max_new_tokens
    prompts = float(sum(pool_sizes(recipe)))
    answer = min(lengths.answer, limit)
    screen = Sampling("screening", prompts, stage.screen_samples, lengths.prompt, answer, limit, 2)
    return (screen, *_dapo(recipe, stage.rl, lengths))


def _targeted(recipe: Recipe, stage: Node, lengths: Lengths) -> tuple[Reading | Sampling, ...]:
    assert isinstance(stage, TargetedStage)
    limit = recipe.evaluation.max_new_tokens
    answer = min(lengths.answer, limit)
    dev = task_count(recipe) * min(stage.diagnosis_items, recipe.data.examples_per_task.dev)
    soft = stage.examples * (stage.soft_share + stage.replay_share + stage.general_share)
    return (
        Sampling("diagnosis", dev, stage.diagnosis_samples, lengths.prompt, answer, limit, 1),
        Sampling("soft labels", soft, stage.candidates, lengths.prompt, answer, limit, 3),
        *_imitation(recipe, stage.examples, stage.sft, lengths),
    )


def _supervised(recipe: Recipe, stage: Node, lengths: Lengths) -> tuple[Reading | Sampling, ...]:
    assert isinstance(stage, SupervisedStage)
    platform, general = pool_sizes(recipe)
    tasks = task_count(recipe)
    chosen = platform * (len(stage.tasks) or tasks) / tasks
    share = stage.general_share
    rows = chosen / (1 - share) if share < 1 else float(general)
    return _imitation(recipe, rows, stage.sft, lengths)


def _imitation(
    recipe: Recipe, rows: float, sft: SFTConfig, lengths: Lengths
) -> tuple[Reading | Sampling, ...]:
    scale = min(1.0, sft.row_tokens / (lengths.prompt + lengths.answer))
    prompt, answer, seen = lengths.prompt * scale, lengths.answer * scale, rows * sft.epochs
    update = _text("update", seen, prompt, answer)
    if not sft.doubt_below:
        return (update,)
    # The second round is counted with all rows: how many will be doubted is not known before.
    limit = recipe.evaluation.max_new_tokens
    look = Sampling("doubt", rows, DOUBT_SAMPLES, lengths.prompt, min(lengths.answer, limit), limit, 1)
    return _text("first round", seen, prompt, answer), look, update


def _preference(recipe: Recipe, stage: Node, lengths: Lengths) -> tuple[Reading | Sampling, ...]:
    assert isinstance(stage, PreferenceStage)
    limit = recipe.evaluation.max_new_tokens
    answer = min(lengths.answer, limit)
    asked = stage.experts.pairs + stage.judged_pairs + PROMPTS_PER_MISTAKE * stage.mistake_pairs
    pairs = stage.experts.pairs + stage.judged_pairs + stage.option_pairs + stage.mistake_pairs
    prompt = min(lengths.prompt, max(1.0, stage.dpo.row_tokens - 2 * answer))
    seen = causal_pairs(prompt) + 2 * (answer * prompt + causal_pairs(answer))
    columns, targets = prompt + 2 * answer, 2 * answer
    trained = pairs * stage.dpo.epochs
    return (
        Sampling("candidates", asked, stage.candidates, lengths.prompt, answer, limit, 2),
        Reading("reference", pairs * columns, pairs * targets, pairs * seen, False),
        Reading("update", trained * columns, trained * targets, trained * seen, True),
    )


def _continued(recipe: Recipe, stage: Node, lengths: Lengths) -> tuple[Reading | Sampling, ...]:
    assert isinstance(stage, ContinuedStage)
    row = stage.reading.row_tokens

    def read(name: str, tokens: float) -> Reading:
        return Reading(name, tokens, tokens, math.ceil(tokens / row) * causal_pairs(row), True)

    mixture = stage.mixture
    if not isinstance(mixture, SearchMixture) or mixture.start == "scratch":  # such proxies are small
        return (read("update", stage.reading.tokens),)
    runs = mixture.proxies + mixture.held_out_proxies
    return read(PROXIES, runs * mixture.proxy_tokens), read("update", stage.reading.tokens)


def _evaluation(recipe: Recipe, lengths: Lengths, models: int) -> tuple[Reading | Sampling, ...]:
    limit, settings, data = recipe.evaluation.max_new_tokens, recipe.evaluation, recipe.data
    items = task_count(recipe) * min(settings.items_per_task, data.examples_per_task.test) + data.general.test
    answer = min(lengths.answer, limit)
    return tuple(
        Sampling(name, float(items * models), size, lengths.prompt, answer, limit, models)
        for name, size in (("greedy", 1), ("sampled", settings.samples))
    )


_WORKERS: dict[str, Callable[[Recipe, Node, Lengths], tuple[Reading | Sampling, ...]]] = {
    "exploratory": _exploratory,
    "refinement": _refinement,
    "targeted": _targeted,
    "supervised": _supervised,
    "preference": _preference,
    "continued_pretraining": _continued,
}
