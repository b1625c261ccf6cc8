"""Direct preference optimization (arXiv 2305.18290, Eq. 7) with label smoothing and a next-token term."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid
from torch.nn.utils.rnn import pad_sequence

from redone.training.logprobs import target_logprobs
from redone.training.packing import PackedBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Dpo:
    """The preference loss over batches of ``pair_document``; ``tasks`` names the numbers in their values.

    Documents carry ``chosen`` = 1 over the chosen tokens of the whole update, so that the next-token term is
    a mean over them however pairs are packed.
    """

    tasks: Sequence[str]
    beta: float = 0.1
    label_smoothing: float = 0.0
    next_token_weight: float = 0.0

    def loss(self, model: Any, batch: PackedBatch, normaliser: float) -> tuple[Tensor, dict[str, float]]:
        """The sum of the pairs' losses over ``normaliser``, the update's number of pairs; plus the term."""
        logprobs, _ = target_logprobs(model, batch)
        weights = batch.values["chosen"]
        sums, lengths = answer_sums(logprobs, weights > 0)
        starts = lengths.cumsum(0) - lengths
        ratios = sums - batch.values["reference"][starts].view(-1, 2)
        losses = preference_loss(
            ratios[:, 0] - ratios[:, 1], beta=self.beta, label_smoothing=self.label_smoothing
        )
        term = -(logprobs * weights).sum()
        with torch.no_grad():
            margins = self.beta * (ratios[:, 0] - ratios[:, 1])
            parts = {
                "preference_loss": losses.sum().item(),
                "next_token_loss": term.item(),
                "chosen_tokens": float(lengths[::2].sum()),
                "accuracy": float((margins > 0).sum()),
            }
            for number, side in enumerate(("chosen", "rejected")):
                parts[f"{side}_logprob"] = sums[:, number].sum().item()
                parts[f"{side}_reward"] = self.beta * ratios[:, number].sum().item()
            parts |= self._by_task(margins, batch.values["task"][starts[::2]].long())
        loss = losses.sum() / normaliser
        return loss + self.next_token_weight * term if self.next_token_weight else loss, parts

    def summary(self, sums: Mapping[str, float], normaliser: float) -> dict[str, Any]:
        """Means over the update's pairs, in nats where they are log-probabilities of whole answers.

        ``preference_loss``; ``chosen_logprob``, ``rejected_logprob``; ``chosen_reward``, ``rejected_reward``
        (beta times the change against the reference); ``margin``, their difference; ``accuracy``, the share
        of pairs with a margin above 0. Per chosen token: ``next_token_loss`` and ``chosen_change``, the mean
        change of its log-probability. ``tasks``: pairs, margin and accuracy by task, if there are several.
        """
        row: dict[str, Any] = {
            name: sums[name] / normaliser
            for name in (
                "preference_loss",
                "chosen_logprob",
                "rejected_logprob",
                "chosen_reward",
                "rejected_reward",
                "accuracy",
            )
        }
        row["margin"] = row["chosen_reward"] - row["rejected_reward"]
        row["next_token_loss"] = sums["next_token_loss"]
        row["chosen_change"] = sums["chosen_reward"] / self.beta / sums["chosen_tokens"]
        names = [name.removeprefix("pairs/") for name in sums if name.startswith("pairs/")]
        if names:
            row["tasks"] = {
                name: {
                    "pairs": int(sums[f"pairs/{name}"]),
                    "margin": sums[f"margin/{name}"] / sums[f"pairs/{name}"],
                    "accuracy": sums[f"right/{name}"] / sums[f"pairs/{name}"],
                }
                for name in names
            }
        return row

    def _by_task(self, margins: Tensor, tasks: Tensor) -> dict[str, float]:
        if len(self.tasks) < 2:
            return {}
        counted = {
            "pairs": torch.bincount(tasks, minlength=len(self.tasks)).tolist(),
            "margin": torch.bincount(tasks, margins, minlength=len(self.tasks)).tolist(),
            "right": torch.bincount(tasks, (margins > 0).float(), minlength=len(self.tasks)).tolist(),
        }
        return {
            f"{name}/{task}": float(values[number])
            for number, task in enumerate(self.tasks)
            if counted["pairs"][number]
            for name, values in counted.items()
        }


def answer_sums(logprobs: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probabilities [pairs, 2] of whole answers, chosen first, and the answers' lengths [2 * pairs].

    ``chosen`` [targets] changes wherever an answer ends, since chosen and rejected ones take turns.
    """
    _, lengths = torch.unique_consecutive(chosen, return_counts=True)
    answers = pad_sequence(list(torch.split(logprobs, lengths.tolist())), batch_first=True)
    return answers.sum(1).view(-1, 2), lengths


def preference_loss(margins: Tensor, *, beta: float, label_smoothing: float = 0.0) -> Tensor:
    """-(1 - e) log s(beta m) - e log s(-beta m), [pairs], s the logistic function.

    ``margins`` m are the change of the chosen answer's log-probability against the reference minus that of
    the rejected one's. e is the share of pairs taken to be labelled the wrong way round (conservative DPO,
    Mitchell 2023); its loss has a minimum at a finite margin.
    """
    right = -logsigmoid(beta * margins)
    if not label_smoothing:
        return right
    return (1.0 - label_smoothing) * right - label_smoothing * logsigmoid(-beta * margins)


def kept_likelihood(changes: Sequence[float]) -> float:
    """How likely a chosen token is, as a share of its start: exp of the mean change of its log-probability."""
    return math.exp(sum(changes) / len(changes))
