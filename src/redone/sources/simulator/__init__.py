"""A simulated social platform: a seed gives a world, a world gives any amount of users, notes and logs."""

from redone.sources.simulator.documents import DEFAULT_MIX, documents
from redone.sources.simulator.logged_forms import logged_form
from redone.sources.simulator.observation import (
    ObservationSettings,
    Observed,
    observe,
    observe_with_truth,
)
from redone.sources.simulator.settings import WorldSettings
from redone.sources.simulator.slang import Slang
from redone.sources.simulator.splits import SPLITS, Split
from redone.sources.simulator.stream import make_block, stream
from redone.sources.simulator.world import Topic, World, make_world

__all__ = [
    "DEFAULT_MIX",
    "SPLITS",
    "ObservationSettings",
    "Observed",
    "Slang",
    "Split",
    "Topic",
    "World",
    "WorldSettings",
    "documents",
    "logged_form",
    "make_block",
    "make_world",
    "observe",
    "observe_with_truth",
    "stream",
]
