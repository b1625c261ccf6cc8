"""One training loop, objectives as small files, packing, checkpoints. Knows tokens and scores, no stages."""

from redone.training.checkpoint import CheckpointStore, DamagedCheckpoint
from redone.training.contracts import TrainSummary
from redone.training.optimizer import NonFiniteError
from redone.training.pairs import TokenPair
from redone.training.preference import CollapseError, train_preference
from redone.training.preference_settings import DpoSettings
from redone.training.prompts import Prompt, PromptPool
from redone.training.reinforcement import train_dapo
from redone.training.sampling import Reward, RewardError, Sampler
from redone.training.sequences import Group, TokenSequence
from redone.training.settings import DapoSettings, NextTokenSettings
from redone.training.supervised import train_next_token

__all__ = [
    "CheckpointStore",
    "CollapseError",
    "DamagedCheckpoint",
    "DapoSettings",
    "DpoSettings",
    "Group",
    "NextTokenSettings",
    "NonFiniteError",
    "Prompt",
    "PromptPool",
    "Reward",
    "RewardError",
    "Sampler",
    "TokenPair",
    "TokenSequence",
    "TrainSummary",
    "train_dapo",
    "train_next_token",
    "train_preference",
]
