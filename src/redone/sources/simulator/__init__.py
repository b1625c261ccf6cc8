"""A simulated social platform: a seed gives a world, a world gives any amount of users, notes and logs."""

from redone.sources.simulator.settings import WorldSettings
from redone.sources.simulator.slang import Slang
from redone.sources.simulator.splits import SPLITS, Split
from redone.sources.simulator.stream import make_block, stream
from redone.sources.simulator.world import Topic, World, make_world

__all__ = [
    "SPLITS",
    "Slang",
    "Split",
    "Topic",
    "World",
    "WorldSettings",
    "make_block",
    "make_world",
    "stream",
]
