"""Semantic matching: do two texts belong together, and how well."""

from redone.tasks.matching.pairs import PAIRS
from redone.tasks.matching.relevance import RELEVANCE

TASKS = (*RELEVANCE, *PAIRS)
