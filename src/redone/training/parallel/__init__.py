"""Several processes, one per device, started by torchrun: the same training as one process, spread out."""

from redone.training.parallel.sharding import shard_model
from redone.training.parallel.world import RankError, World, current_world, start_world, stop_world

__all__ = ["RankError", "World", "current_world", "shard_model", "start_world", "stop_world"]
