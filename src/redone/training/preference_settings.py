"""What preference optimization is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redone.training.demands import below, not_negative, positive
from redone.training.settings import OptimizerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DpoSettings(OptimizerSettings):
    """Direct preference optimization (arXiv 2305.18290), stage 3 of RedOne 1.0.

    The paper names DPO and no number, so all defaults are our choice: ``beta`` and ``lr`` are the usual ones
    for models of billions of parameters (a tiny model needs a higher rate).

    A step is ``pairs_per_step`` pairs; every pair is drawn once per epoch, or with ``weights`` in these
    ratios by task. ``label_smoothing`` is the assumed share of pairs whose sides are swapped, below 0.5.
    ``next_token_weight`` times the mean next-token loss of the chosen answers' tokens is added (0: none).
    ``merge`` shares the common beginning of both answers beside the prompt; it changes columns, not losses.

    Training stops with ``CollapseError`` when a chosen token is, on average over the last ``chosen_window``
    steps, less than ``chosen_floor`` times as likely as at the start (geometric mean; 0: never). The loss
    alone does not show this: it falls as long as rejected answers lose more (likelihood displacement, arXiv
    2410.08847). On a small model, runs that learn stay above 0.6 and runs at a rate ten times too high end
    below 0.05 with a good loss, so 0.2 tells them apart.
    """

    lr: float = 1e-6
    epochs: int = 1
    pairs_per_step: int = 32
    beta: float = 0.1
    label_smoothing: float = 0.0
    next_token_weight: float = 0.0
    chosen_floor: float = 0.2
    chosen_window: int = 8
    weights: Mapping[str, float] | None = None
    merge: bool = True

    def __post_init__(self) -> None:
        OptimizerSettings.__post_init__(self)
        positive(self, "epochs", "pairs_per_step", "beta", "chosen_window")
        not_negative(self, "next_token_weight")
        below(self, "label_smoothing", 0.5)
        below(self, "chosen_floor", 1.0)
