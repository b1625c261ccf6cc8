"""Format following, independent of what the answer says (RedOne 2.0, Eq. 5).

Rules are data: ``{"rule": "word_count", "max": 5}``. They come from the task (``spec.params["rules"]``) and
from the example (``example.checks["rules"]``), and none of them runs code that the data brings along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redone.errors import UserError
from redone.records import Score
from redone.scoring.rewards.base import RewardItem, score_each
from redone.scoring.rewards.pattern_registry import check_rule, rule_holds
from redone.scoring.rewards.pattern_rules import PatternTimeout


class PatternReward:
    """1 if every rule holds, else 0; with ``params["partial"]`` the share of rules that hold."""

    def score_many(self, items: Sequence[RewardItem]) -> list[Score]:
        """Components: "pattern" (all rules), "pattern/share", and one per rule by its name.

        A rule whose regular expression ran out of time leaves the sample unscored.
        """
        return score_each("pattern", _score, items)


def _score(item: RewardItem) -> Score:
    rules = [*rules_of(item.spec.params, "params"), *rules_of(item.example.checks, "checks")]
    if not rules:
        raise UserError('the pattern reward has no rules; give params["rules"] or checks["rules"]')
    try:
        held = [rule_holds(rule, item.answer) for rule in rules]
    except PatternTimeout as error:
        return Score(value=None, problem=str(error), answer=item.answer)
    share = sum(held) / len(held)
    components = {"pattern": float(all(held)), "pattern/share": share}
    for rule, ok in zip(rules, held, strict=True):
        # A rule that occurs twice is logged at its worst.
        key = f"pattern/{rule['rule']}"
        components[key] = min(components.get(key, 1.0), float(ok))
    value = share if item.spec.params.get("partial", False) else float(all(held))
    return Score(value=value, components=components, answer=item.answer)


def rules_of(source: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    """Return the rules of a mapping, checked.

    Raises:
        UserError: they are not a list of known rules with the settings these take.

    """
    rules = source.get("rules", [])
    if not isinstance(rules, list | tuple):
        raise UserError(f'{where}["rules"] must be a list of rules, not {rules!r:.80}')
    for rule in rules:
        check_rule(rule)
    return list(rules)
