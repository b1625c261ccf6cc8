"""Continuous batching: requests join and leave the running batch between two decode steps."""

from redone.serving.engine.answers import Answer, Ask, LabelAsk, Piece, Ticket
from redone.serving.engine.engine import Engine
from redone.serving.engine.limits import Busy, EngineSettings, EngineStopped

__all__ = [
    "Answer",
    "Ask",
    "Busy",
    "Engine",
    "EngineSettings",
    "EngineStopped",
    "LabelAsk",
    "Piece",
    "Ticket",
]
