"""The mixture search of continued pretraining: proxies trained by the common loop, one per candidate mixture.

A proxy reads a random part of every source, cut down as the proxy's tokens are to the stage's, so that sources repeat
as often as they will: a small source would look too good if a proxy read it once and the stage four times.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from redone.corpus.mixture import Found, Measured, dirichlet_mixtures, search_mixture
from redone.corpus.mixture.limits import capped
from redone.model import TinySettings, create_model
from redone.recipe.config import ContinuedStage, OptimizerConfig, SearchMixture
from redone.recipe.context import StageContext
from redone.recipe.durable import read_json, write_json
from redone.recipe.hashing import derive_seed
from redone.recipe.stages.held_out_log import part_losses
from redone.recipe.stages.policy import Policy, speed_fields
from redone.recipe.stages.reinforce import optimizer_fields
from redone.recipe.stages.shelf import Shelf, mixed
from redone.training import NextTokenSettings, train_next_token
from redone.training.held_out import HeldOut
from redone.training.profile import unprofiled

WARMUP = 0.1
TRIED = ("best", "halfway", "uniform")
"""What the last proxies compare: the best predicted mixture, the middle between it and the even one, the even one."""


@dataclass(frozen=True, slots=True)
class Searched:
    """The mixture to use, [K] in the shelf's order, and the record of how it was found."""

    weights: np.ndarray
    record: Mapping[str, Any]
    note: str
    warning: str = ""

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "weights": self.weights.tolist()}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Searched:
        """What ``as_json`` was made of."""
        return cls(**{**fields, "weights": np.array(fields["weights"])})


class ProxyRuns:
    """Trains proxies, each once: results of an interrupted search are read again."""

    def __init__(self, context: StageContext, policy: Policy, shelf: Shelf) -> None:
        stage = context.settings
        assert isinstance(stage, ContinuedStage)
        assert isinstance(stage.mixture, SearchMixture)
        self._context = context
        self._search = stage.mixture
        self._settings = _proxy_settings(context, stage.mixture, derive_seed(context.seed, "proxy"))
        self._model = _proxy_model(policy, stage.mixture, self._settings.seed)
        self._weights = {name: value.clone() for name, value in self._model.state_dict().items()}
        self._names = list(shelf.train)
        self._shelf = shelf.part(stage.mixture.proxy_tokens / stage.reading.tokens, self._settings.seed)
        self._held_out = HeldOut([s for own in shelf.held_out.values() for s in own], self._settings)
        self.total = stage.mixture.proxies + stage.mixture.held_out_proxies

    def targets(self, mixtures: np.ndarray, first: int, part: str) -> np.ndarray:
        """The target loss, [N], of a proxy trained on each of the mixtures, [N, K]."""
        found = []
        for number, mixture in enumerate(mixtures, start=first):
            self._context.progress.advance(number, max(self.total, number + 1), part)
            file = self._context.work / "proxies" / f"{number:04d}.json"
            known = read_json(file)
            if known is None:
                self._context.stop.check()
                known = {"target": self._train(mixture)}
                file.parent.mkdir(parents=True, exist_ok=True)
                write_json(file, known)
            found.append(float(known["target"]))
        return np.array(found)

    def _train(self, mixture: np.ndarray) -> float:
        """Every proxy starts from the same weights and draws with the same seed: only the mixture differs."""
        self._model.load_state_dict(self._weights)
        weights = dict(zip(self._names, mixture.tolist(), strict=True))
        rows = mixed(self._shelf.train, weights, self._search.proxy_tokens, self._settings.seed)
        with unprofiled():
            train_next_token(self._model, rows, self._settings, stop=self._context.stop.event)
        parts = part_losses(self._held_out.measure(self._model), self._shelf)
        share = self._search.target_platform
        return share * parts["platform"] + (1 - share) * parts["general"]


def search(context: StageContext, policy: Policy, shelf: Shelf, limits: np.ndarray) -> Searched:
    """Measure candidates, fit, judge; and let the last proxies compare the answer with the even mixture."""
    stage = context.settings
    assert isinstance(stage, ContinuedStage)
    asked = stage.mixture
    assert isinstance(asked, SearchMixture)
    even = np.full(len(shelf.train), 1 / len(shelf.train))
    runs = ProxyRuns(context, policy, shelf)
    candidates = dirichlet_mixtures(
        even, limits, count=runs.total, seed=derive_seed(context.seed, "candidates")
    )
    losses = runs.targets(candidates, 0, "mixture proxies")
    fitting, judging = (
        Measured(mixtures=candidates[rows], losses=losses[rows])
        for rows in (slice(asked.proxies), slice(asked.proxies, None))
    )
    found = search_mixture(
        fitting,
        judging,
        even,
        limits,
        kind=asked.regression,
        min_correlation=asked.min_correlation,
        seed=derive_seed(context.seed, "simulated"),
    )
    prior = capped(even, limits)
    # A fit may be right about the direction and go too far: half of the way is tried too (our addition).
    tried = np.stack([found.weights, (found.weights + prior) / 2, prior])
    checked = runs.targets(tried, runs.total, "mixture check") if found.accepted else None
    chosen = prior if checked is None else tried[int(checked.argmin())]
    won = not np.array_equal(chosen, prior)
    record = {
        "accepted": found.accepted,
        "confirmed": won,
        "correlation": found.correlation,
        "predicted": found.predicted,
        "predicted_uniform": found.predicted_prior,
        "checked": None if checked is None else dict(zip(TRIED, checked.tolist(), strict=True)),
        "candidates": candidates.tolist(),
        "targets": losses.tolist(),
    }
    note, warning = _words(found, asked, checked, won)
    return Searched(chosen, record, note, warning)


def _words(found: Found, asked: SearchMixture, checked: np.ndarray | None, won: bool) -> tuple[str, str]:
    judged = f"rank correlation {found.correlation:.2f} over {asked.held_out_proxies} held-out mixtures"
    if checked is not None:
        best, even = checked[:-1].min(), checked[-1]
        if won:
            return f"mixture search: {judged}; target {best:.3f} against {even:.3f} evenly mixed", ""
        why = f"its proxies were no better than the even mixture's ({best:.3f} against {even:.3f})"
    elif found.correlation < asked.min_correlation:
        why = f"{judged}, below min_correlation {asked.min_correlation:g}"
    else:
        why = f"no mixture is predicted to be better than the even one ({judged})"
    return "", f"the mixture search is refused and sources are mixed evenly: {why}"


def _proxy_settings(context: StageContext, search: SearchMixture, seed: int) -> NextTokenSettings:
    stage = context.settings
    assert isinstance(stage, ContinuedStage)
    reading = stage.reading
    rate = OptimizerConfig(learning_rate=search.learning_rate, warmup_ratio=WARMUP)
    return NextTokenSettings(
        **optimizer_fields(rate, -(-search.proxy_tokens // reading.tokens_per_step)),
        **speed_fields(context.recipe),
        compute=reading.compute,
        tokens_per_step=reading.tokens_per_step,
        row_tokens=reading.row_tokens,
        seed=seed,
    )


def _proxy_model(policy: Policy, search: SearchMixture, seed: int) -> Any:
    if search.start == "model":
        return copy.deepcopy(policy.model)
    shape = TinySettings(
        hidden=search.hidden, layers=search.layers, heads=2, kv_heads=1, head_dim=32, mlp=2 * search.hidden
    )
    return create_model(shape, policy.chat, seed).to(policy.model.device)
