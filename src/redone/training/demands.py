"""Checks that settings make of their own values; each names the setting, the value and what it must be."""

from __future__ import annotations

from redone.errors import UserError


def positive(settings: object, *names: str) -> None:
    """Every named setting is above 0, else UserError."""
    for name in names:
        if getattr(settings, name) <= 0:
            raise UserError(f"{name} is {getattr(settings, name)}; it must be above 0")


def not_negative(settings: object, *names: str) -> None:
    """Every named setting is at least 0, else UserError."""
    for name in names:
        if getattr(settings, name) < 0:
            raise UserError(f"{name} is {getattr(settings, name)}; it must not be negative")


def one_of(settings: object, name: str, choices: tuple[str, ...]) -> None:
    """The named setting is one of ``choices``, else UserError."""
    if getattr(settings, name) not in choices:
        raise UserError(f"{name} is {getattr(settings, name)!r}; choose one of {', '.join(choices)}")


def below(settings: object, name: str, limit: float) -> None:
    """The named setting is at least 0 and below ``limit``, else UserError."""
    if not 0 <= getattr(settings, name) < limit:
        raise UserError(f"{name} is {getattr(settings, name)}; it must be at least 0 and below {limit}")
