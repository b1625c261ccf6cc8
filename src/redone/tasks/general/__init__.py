"""General ability, from our own generators: what adaptation to the platform must not cost."""

from redone.tasks.general.arithmetic import ARITHMETIC
from redone.tasks.general.code import CODE
from redone.tasks.general.facts import KNOWLEDGE
from redone.tasks.general.form import FORM
from redone.tasks.general.strings import STRINGS

TASKS = (*ARITHMETIC, *STRINGS, *FORM, *CODE, *KNOWLEDGE)
