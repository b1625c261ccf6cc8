"""Content understanding: what a note, comment or query is about and how it is meant."""

from redone.tasks.understanding.acts import ACT_TASKS
from redone.tasks.understanding.moderation import MODERATION
from redone.tasks.understanding.notes import NOTES
from redone.tasks.understanding.queries import QUERIES
from redone.tasks.understanding.tone import TONE
from redone.tasks.understanding.topic import TOPIC
from redone.tasks.understanding.words import WORDS

TASKS = (*TOPIC, *NOTES, *TONE, *ACT_TASKS, *MODERATION, *QUERIES, *WORDS)
