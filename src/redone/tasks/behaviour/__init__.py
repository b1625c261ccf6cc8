"""User behaviour: interests, likes, clicks and searches, learnt from the platform's own log."""

from redone.tasks.behaviour.audiences import AUDIENCES
from redone.tasks.behaviour.choices import CHOICES
from redone.tasks.behaviour.people import PEOPLE
from redone.tasks.behaviour.searching import SEARCHING
from redone.tasks.behaviour.suggestions import SUGGESTIONS

TASKS = (*PEOPLE, *CHOICES, *AUDIENCES, *SEARCHING, *SUGGESTIONS)
