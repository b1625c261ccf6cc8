"""One reward per task: sends every answer to the reward that its spec names (RedOne 2.0, section 3.2.2)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from numbers import Real

from redone.errors import RedoneError, UserError
from redone.records import Example, Score
from redone.scoring.faults import RewardError, checked_value
from redone.scoring.metrics import check_metric
from redone.scoring.rewards import ExactReward, MetricReward, PatternReward, Reward, RewardItem, SandboxReward
from redone.scoring.rewards.pattern import rules_of
from redone.scoring.rewards.sandbox import FORMS
from redone.scoring.sandbox import Sandbox
from redone.scoring.spec import REWARD_KINDS, RewardSpec


class RewardRouter:
    """Holds the rewards of a run. ``rewards`` replaces the reward of a kind by one's own.

    An answer of None (the parser found nothing to judge) is wrong: 0.0, component "parsed" 0. A score that
    cannot be determined is None with a problem. Everything else that a reward may return is an error.
    """

    def __init__(
        self, sandbox: Sandbox | None = None, *, rewards: Mapping[str, Reward] | None = None
    ) -> None:
        self._rewards: dict[str, Reward] = {
            "exact": ExactReward(),
            "metric": MetricReward(),
            "sandbox": SandboxReward(sandbox),
            "pattern": PatternReward(),
        }
        self._rewards.update(rewards or {})
        self.has_sandbox = sandbox is not None

    def score(self, spec: RewardSpec, answer: str | None, example: Example) -> Score:
        """Return the score of one answer; see ``score_many``."""
        return self.score_many([(spec, answer, example)])[0]

    def score_many(self, items: Sequence[tuple[RewardSpec, str | None, Example]]) -> list[Score]:
        """Return the scores in order, every reward called once with all of its items.

        Raises:
            RewardError: a reward raised or returned what is no score; names the reward and the sample.
            UserError: a spec or an example does not fit its reward.

        """
        scores: list[Score | None] = [None] * len(items)
        by_kind: defaultdict[str, list[int]] = defaultdict(list)
        for index, (spec, answer, _) in enumerate(items):
            if answer is None:
                scores[index] = Score(value=0.0, components={"parsed": 0.0})
            else:
                by_kind[spec.kind].append(index)
        for kind, indices in by_kind.items():
            batch = [
                RewardItem(spec, answer or "", example)
                for spec, answer, example in map(items.__getitem__, indices)
            ]
            for index, score in zip(indices, self._call(kind, batch), strict=True):
                scores[index] = score
        return [score for score in scores if score is not None]

    def _call(self, kind: str, batch: Sequence[RewardItem]) -> list[Score]:
        if kind not in self._rewards:
            raise UserError(f"reward kind {kind!r} is unknown; one of {', '.join(REWARD_KINDS)}")
        first = batch[0].example.id
        try:
            scores = list(self._rewards[kind].score_many(batch))
        except RedoneError:
            raise
        except Exception as error:
            raise RewardError(kind, first, f"raised {type(error).__name__}: {error}") from error
        if len(scores) != len(batch):
            raise RewardError(kind, first, f"gave {len(scores)} scores for {len(batch)} answers")
        for item, score in zip(batch, scores, strict=True):
            _check_score(score, kind, item.example.id)
        return scores


def check_spec(spec: RewardSpec) -> None:
    """Nothing, if the spec can be routed. Call it when a task or recipe is loaded, before any training.

    Raises:
        UserError: the kind, metric, form or a format rule is unknown; names the nearest right one.

    """
    if spec.kind not in REWARD_KINDS:
        raise UserError(f"reward kind {spec.kind!r} is unknown; one of {', '.join(REWARD_KINDS)}")
    if spec.kind == "metric":
        check_metric(spec.metric)
    elif spec.metric:
        raise UserError(
            f"reward kind {spec.kind!r} takes no metric; remove {spec.metric!r} or use kind 'metric'"
        )
    if spec.kind == "pattern":
        rules_of(spec.params, "params")
    if spec.kind == "sandbox" and spec.params.get("form", "expression") not in FORMS:
        raise UserError(f"sandbox form {spec.params['form']!r} is unknown; one of {', '.join(FORMS)}")


def _check_score(score: object, kind: str, sample: str) -> None:
    if not isinstance(score, Score):
        raise RewardError(kind, sample, f"returned {score!r:.80}, which is no score")
    if score.value is not None:
        checked_value(score.value, kind, sample)
    elif not score.problem:
        raise RewardError(kind, sample, "left the sample unscored without saying why")
    for name, part in score.components.items():
        if not isinstance(part, Real) or not math.isfinite(part):
            raise RewardError(kind, sample, f"component {name!r} is {part!r:.40}, not a finite number")
