"""Checking a format rule when it is read, and applying it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

from redone.errors import UserError
from redone.scoring.rewards.pattern_rules import RULES

LONGEST_ANSWER = 20_000
"""Characters; a longer answer breaks every rule. Bounds the work an answer can cause."""

_LISTS = frozenset({"keys", "words", "choices"})


def rule_holds(rule: Mapping[str, Any], answer: str) -> bool:
    """Whether the answer follows a (checked) rule.

    Raises:
        PatternTimeout: a regular expression did not finish in time.

    """
    if not answer.strip() or len(answer) > LONGEST_ANSWER:
        return False
    settings = {key: value for key, value in rule.items() if key != "rule"}
    return RULES[rule["rule"]](answer, **settings)


def check_rule(rule: object) -> None:
    """Nothing, if the rule is known and its settings are its own and of the right kind.

    Raises:
        UserError: with the nearest right name.

    """
    if not isinstance(rule, Mapping) or not isinstance(rule.get("rule"), str):
        raise UserError(f'a format rule looks like {{"rule": "word_count", "max": 5}}, not {rule!r:.80}')
    name = rule["rule"]
    if name not in RULES:
        near = get_close_matches(name, RULES, n=1, cutoff=0.0)[0]
        raise UserError(f"format rule {name!r} is unknown; the nearest is {near!r}")
    known = _settings_of(name)
    for key, value in rule.items():
        if key != "rule" and key not in known:
            raise UserError(
                f"format rule {name!r} has no setting {key!r} (it has: {', '.join(known) or 'none'})"
            )
        if key in _LISTS and not isinstance(value, list | tuple):
            raise UserError(f"format rule {name!r}: {key!r} must be a list, not {value!r:.40}")
    missing = [key for key, default in known.items() if default is Parameter.empty and key not in rule]
    if missing:
        raise UserError(f"format rule {name!r} needs {', '.join(missing)}")
    try:
        # A trial: a setting of the wrong type shows up here rather than after hours of training.
        rule_holds(rule, "{}")
    except TypeError as error:
        raise UserError(f"format rule {rule!r:.80}: {error}") from error


@lru_cache(maxsize=64)
def _settings_of(name: str) -> dict[str, Any]:
    """Return the rule's settings with their defaults."""
    parameters = signature(RULES[name]).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is Parameter.KEYWORD_ONLY}
