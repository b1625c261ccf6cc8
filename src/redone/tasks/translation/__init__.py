"""Translation of platform text between Chinese and English, slang included (SNS-TransBench)."""

from redone.tasks.translation.checks import CHECKS
from redone.tasks.translation.kinds import KINDS
from redone.tasks.translation.posts import POSTS

TASKS = (*POSTS, *KINDS, *CHECKS)
