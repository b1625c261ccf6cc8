"""The nouns that every other room speaks in. This package imports nothing of the others."""

from redone.records.example import Example, Message, example_from_json, example_to_json
from redone.records.platform import (
    Comment,
    Entity,
    Interaction,
    Note,
    ParallelText,
    Platform,
    Query,
    Relevance,
    Term,
    User,
)
from redone.records.preference import PreferencePair
from redone.records.rollout import Rollout
from redone.records.score import Score

__all__ = [
    "Comment",
    "Entity",
    "Example",
    "Interaction",
    "Message",
    "Note",
    "ParallelText",
    "Platform",
    "PreferencePair",
    "Query",
    "Relevance",
    "Rollout",
    "Score",
    "Term",
    "User",
    "example_from_json",
    "example_to_json",
]
