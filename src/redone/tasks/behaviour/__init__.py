"""User behaviour: interests, likes, clicks and searches, learnt from the platform's own log."""

from redone.tasks.behaviour.people import PEOPLE
from redone.tasks.behaviour.searching import SEARCHING

TASKS = (*PEOPLE, *SEARCHING)
