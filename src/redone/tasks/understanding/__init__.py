"""Content understanding: what a note, comment or query is about and how it is meant."""

from redone.tasks.understanding.moderation import MODERATION
from redone.tasks.understanding.queries import QUERIES
from redone.tasks.understanding.tone import TONE
from redone.tasks.understanding.topic import TOPIC
from redone.tasks.understanding.words import WORDS

TASKS = (*TOPIC, *TONE, *MODERATION, *QUERIES, *WORDS)
