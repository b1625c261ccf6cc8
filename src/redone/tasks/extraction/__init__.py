"""Information extraction: tags, names, answers and tap-worthy words out of a text."""

from redone.tasks.extraction.cards import CARDS
from redone.tasks.extraction.entities import ENTITIES
from redone.tasks.extraction.hashtags import HASHTAGS
from redone.tasks.extraction.pieces import PIECES
from redone.tasks.extraction.reading import READING

TASKS = (*HASHTAGS, *ENTITIES, *PIECES, *CARDS, *READING)
