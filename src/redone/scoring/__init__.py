"""Judging answers: text metrics, the four rewards behind one router, the sandbox, and statistics."""

from redone.scoring.faults import RewardError
from redone.scoring.metrics import evaluate, metric_names
from redone.scoring.overlong import overlong_penalty
from redone.scoring.router import RewardRouter, check_spec
from redone.scoring.spec import RewardKind, RewardSpec

__all__ = [
    "RewardError",
    "RewardKind",
    "RewardRouter",
    "RewardSpec",
    "check_spec",
    "evaluate",
    "metric_names",
    "overlong_penalty",
]
