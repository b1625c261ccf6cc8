"""Semantic matching: do two texts belong together, and how well."""

from redone.tasks.matching.groups import GROUPS
from redone.tasks.matching.pairs import PAIRS
from redone.tasks.matching.queries import QUERY_TASKS
from redone.tasks.matching.relevance import RELEVANCE
from redone.tasks.matching.texts import TEXTS

TASKS = (*RELEVANCE, *QUERY_TASKS, *PAIRS, *TEXTS, *GROUPS)
