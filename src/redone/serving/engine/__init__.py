"""Continuous batching: requests join and leave the running batch between two decode steps."""

from redone.serving.engine.answers import Answer, Ask, LabelAsk, Piece, Ticket
from redone.serving.engine.engine import Busy, Engine, EngineSettings, EngineStopped

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
