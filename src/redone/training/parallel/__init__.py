"""Several processes, one per device, started by torchrun: the same training as one process, spread out."""

from redone.training.parallel.rollouts import SharedSampler, shared_reward
from redone.training.parallel.sharding import make_whole, shard_model
from redone.training.parallel.world import (
    RankError,
    World,
    alone,
    current_world,
    first_to_fail,
    from_first,
    start_world,
    stop_world,
    within,
)

__all__ = [
    "RankError",
    "SharedSampler",
    "World",
    "alone",
    "current_world",
    "first_to_fail",
    "from_first",
    "make_whole",
    "shard_model",
    "shared_reward",
    "start_world",
    "stop_world",
    "within",
]
