"""How often each source is read, from weights and what there is of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from redone.corpus.mixture.limits import capped, repetition_limits
from redone.corpus.settings.corpus_settings import MixtureSettings
from redone.errors import UserError


def mixture_plan(tokens: Mapping[str, int], settings: MixtureSettings) -> list[dict[str, Any]]:
    """Return per source its tokens, its share of what is read, and how many times it is read.

    Without weights every source is read once. With weights, a source that is not named is not read.

    Raises:
        UserError: no source of the corpus has a weight, or more tokens are asked for than the copies allow.

    """
    sources = sorted(tokens)
    total = sum(tokens.values())
    if not settings.weights:
        return [
            {"source": s, "tokens": tokens[s], "share": tokens[s] / max(total, 1), "copies": 1.0}
            for s in sources
        ]
    used = [source for source in sources if settings.weights.get(source) and tokens[source]]
    if not used:
        raise UserError(
            f"mixture.weights names {', '.join(sorted(settings.weights)) or 'nothing'}; the corpus has text of "
            f"{', '.join(s for s in sources if tokens[s]) or 'no source'}"
        )
    sizes = np.array([tokens[s] for s in used], dtype=np.float64)
    wanted = settings.tokens or int(sizes.sum())
    limits = repetition_limits(sizes, wanted, settings.most_copies)
    weights = capped(np.array([settings.weights[s] for s in used], dtype=np.float64), limits)
    share = dict(zip(used, weights.tolist(), strict=True))
    return [
        {
            "source": s,
            "tokens": tokens[s],
            "share": share.get(s, 0.0),
            "copies": share.get(s, 0.0) * wanted / tokens[s] if tokens[s] else 0.0,
        }
        for s in sources
    ]
