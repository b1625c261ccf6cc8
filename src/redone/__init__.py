"""RedOne: post-training of language models for social networking services."""

__version__ = "0.1.0"
