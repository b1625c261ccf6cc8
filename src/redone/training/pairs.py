"""A preferred and a rejected answer to one prompt, as tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from redone.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """Tokens for preference optimization.

    ``chosen`` and ``rejected`` are answers to ``prompt_ids``, each with its end token. ``task`` names the part
    of the mixture; ``id`` is shown in errors.

    Raises:
        UserError: the prompt or an answer has no tokens, or both answers are the same.

    """

    id: str
    task: str
    prompt_ids: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]

    def __post_init__(self) -> None:
        for name in ("prompt_ids", "chosen", "rejected"):
            if not getattr(self, name):
                raise UserError(f"pair {self.id!r}: {name} has no tokens; give at least one")
        if self.chosen == self.rejected:
            raise UserError(
                f"pair {self.id!r}: chosen and rejected are the same tokens, so nothing is preferred; "
                "leave the pair out"
            )


def pairs_digest(pairs: Sequence[TokenPair]) -> str:
    """A hash of tasks and tokens, in order."""
    digest = hashlib.sha256()
    for pair in pairs:
        digest.update(repr((pair.task, pair.prompt_ids, pair.chosen, pair.rejected)).encode())
    return digest.hexdigest()
