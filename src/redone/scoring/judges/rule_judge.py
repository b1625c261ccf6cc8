"""Judges that compute: by rules, by likeness to what people wrote, and three that the gate must refuse."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from redone.scoring.judges import rules
from redone.scoring.judges.protocol import Question, Verdict
from redone.scoring.judges.rules import Rule
from redone.scoring.metrics import evaluate
from redone.scoring.tokens import tokenise

GATE_WEIGHT = 4.0
"""What breaking a duty costs, against 1 for a merit: no merit makes up for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleJudge:
    """Adds up what each answer keeps of the rules; less than ``margin`` apart is a tie.

    ``shortest`` and ``longest`` bound an answer in words (characters in Chinese). ``merits`` replaces the
    merits of the tasks that it names.
    """

    name: str = "rules"
    parallel: int = 1
    margin: float = 0.05
    shortest: int = 3
    longest: int = 30
    merits: Mapping[str, Mapping[str, Rule]] = field(default_factory=dict)

    def compare(self, question: Question, answer_a: str, answer_b: str) -> Verdict:
        """The answer that keeps more of the rules; the reason names the rule that told most."""
        gaps: dict[str, float] = {}
        for name, (rule, weight) in self._rules(question.task).items():
            kept = rule(question, answer_a), rule(question, answer_b)
            if kept[0] is not None and kept[1] is not None:
                gaps[name] = weight * (kept[0] - kept[1])
        total = sum(gaps.values())
        if abs(total) < self.margin:
            return Verdict("tie", "both keep the rules alike")
        told = max(gaps, key=lambda name: gaps[name] if total > 0 else -gaps[name])
        return Verdict("a" if total > 0 else "b", told)

    def _rules(self, task: str) -> dict[str, tuple[Rule, float]]:
        duties: dict[str, Rule] = {
            "plain text": rules.plain_text,
            "not to the judge": rules.not_to_the_judge,
            "ends well": rules.ends_well,
            "language": rules.in_language,
            "length": rules.length_between(self.shortest, self.longest),
        }
        common: dict[str, Rule] = {"on topic": rules.on_topic, "no repetition": rules.no_repetition}
        merits = self.merits.get(task, common)
        return {name: (rule, GATE_WEIGHT) for name, rule in duties.items()} | {
            name: (rule, 1.0) for name, rule in merits.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LikenessJudge:
    """Prefers what is more like the answers in the log, by a metric of the registry.

    It sees the same logged answers as training does, wrong ones included. Without any it says nothing.
    """

    name: str = "likeness"
    parallel: int = 1
    metric: str = "rouge_l"
    margin: float = 0.05

    def compare(self, question: Question, answer_a: str, answer_b: str) -> Verdict:
        """The nearer answer; a tie within the margin."""
        if not question.references:
            return Verdict(None, "there is no logged answer to compare with")
        near = [evaluate(self.metric, text, question.references, {}) for text in (answer_a, answer_b)]
        if abs(near[0] - near[1]) < self.margin:
            return Verdict("tie", f"{self.metric} {near[0]:.2f} and {near[1]:.2f}")
        return Verdict(
            "a" if near[0] > near[1] else "b", f"{self.metric} {near[0]:.2f} against {near[1]:.2f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LongerJudge:
    """Prefers the longer answer, always: a control."""

    name: str = "control: longer"
    parallel: int = 1

    def compare(self, question: Question, answer_a: str, answer_b: str) -> Verdict:
        """The longer one in tokens."""
        gap = len(tokenise(answer_a)) - len(tokenise(answer_b))
        return Verdict("tie" if not gap else "a" if gap > 0 else "b", "longer")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstJudge:
    """Prefers the answer shown first, always: a control."""

    name: str = "control: first"
    parallel: int = 1

    def compare(self, question: Question, answer_a: str, answer_b: str) -> Verdict:
        """The first."""
        return Verdict("a", "first")


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomJudge:
    """Prefers one answer by chance, the same one in either order: a control."""

    name: str = "control: random"
    parallel: int = 1
    seed: int = 0

    def compare(self, question: Question, answer_a: str, answer_b: str) -> Verdict:
        """The answer whose text draws the higher number."""
        drawn = [random.Random(f"{self.seed}/{question.id}/{text}").random() for text in (answer_a, answer_b)]
        return Verdict("a" if drawn[0] > drawn[1] else "b", "chance")
