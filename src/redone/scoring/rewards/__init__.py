"""The four rewards of RedOne 2.0 (section 3.2.2), one file each."""

from redone.scoring.rewards.base import Reward, RewardItem
from redone.scoring.rewards.exact import ExactReward
from redone.scoring.rewards.metric import MetricReward
from redone.scoring.rewards.pattern import PatternReward
from redone.scoring.rewards.sandbox import SandboxReward

__all__ = ["ExactReward", "MetricReward", "PatternReward", "Reward", "RewardItem", "SandboxReward"]
