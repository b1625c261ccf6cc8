"""What the objectives train on: a token sequence with a loss mask, and a group of answers to one prompt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from redone.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSequence:
    """Tokens for next-token training.

    ``loss_mask`` has one 0/1 per token: 1 where the token is a target. The first token has no context, so its
    mask is 0. ``source`` names the part of the mixture for per-source losses; ``id`` is shown in errors.

    Raises:
        UserError: the mask has another length, marks the first token, or marks nothing at all.

    """

    ids: tuple[int, ...]
    loss_mask: tuple[int, ...]
    source: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.loss_mask):
            raise UserError(
                f"sequence {self.id!r}: {len(self.ids)} tokens but {len(self.loss_mask)} mask entries; "
                "give one entry per token"
            )
        if self.ids and self.loss_mask[0]:
            raise UserError(f"sequence {self.id!r}: the first token has no context; set its loss mask to 0")
        if not any(self.loss_mask):
            raise UserError(
                f"sequence {self.id!r}: the loss mask marks no token, so there is nothing to learn"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Answers sampled for one prompt, ready for the policy loss.

    ``answers[i]`` ends with the end token unless it was cut. ``old_logprobs[i]`` has one natural
    log-probability per answer token, taken under the policy that sampled it. ``advantages[i]`` holds for
    every token of the answer. Answers that must not be trained on (unscored, or masked as cut) are not in the
    group.

    Raises:
        AssertionError: parts of different lengths; groups are made by our own code.

    """

    example_id: str
    task: str
    prompt_ids: tuple[int, ...]
    answers: tuple[tuple[int, ...], ...]
    old_logprobs: tuple[tuple[float, ...], ...]
    advantages: tuple[float, ...]

    def __post_init__(self) -> None:
        assert self.prompt_ids, "the first answer token is predicted from the prompt"
        assert len(self.answers) == len(self.old_logprobs) == len(self.advantages), "one entry per answer"
        assert all(self.answers), "an answer has at least one token"
        pairs = zip(self.answers, self.old_logprobs, strict=True)
        assert all(len(answer) == len(old) for answer, old in pairs), "one log-probability per token"

    @property
    def tokens(self) -> int:
        """Number of answer tokens, the group's part of the loss normaliser."""
        return sum(map(len, self.answers))


def of_current_policy(group: Group) -> Group:
    """The group with NaN for old log-probabilities: they are those of the policy that is about to be updated."""
    return replace(group, old_logprobs=tuple((math.nan,) * len(answer) for answer in group.answers))


def group_to_json(group: Group) -> dict[str, Any]:
    """A mapping that JSON holds without loss (floats keep every bit)."""
    return asdict(group)


def group_from_json(row: Mapping[str, Any]) -> Group:
    """The group of a JSON row.

    Raises:
        TypeError: the row lacks a field or has one too many.

    """
    plain = dict(row)
    for name in ("prompt_ids", "advantages"):
        plain[name] = tuple(plain[name])
    for name in ("answers", "old_logprobs"):
        plain[name] = _nested(plain[name])
    return Group(**plain)


def _nested(rows: Sequence[Sequence[Any]]) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(row) for row in rows)
