"""Translation of platform text between Chinese and English, slang included (SNS-TransBench)."""

from redone.tasks.translation.posts import POSTS

TASKS = POSTS
