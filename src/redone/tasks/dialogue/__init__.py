"""Dialogue and persona simulation: the fitting reply, the voice of a persona, comfort."""

from redone.tasks.dialogue.persona import PERSONA
from redone.tasks.dialogue.replies import REPLIES
from redone.tasks.dialogue.speaking import SPEAKING
from redone.tasks.dialogue.voices import VOICES

TASKS = (*REPLIES, *SPEAKING, *PERSONA, *VOICES)
