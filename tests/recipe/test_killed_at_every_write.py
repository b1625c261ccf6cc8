"""A run that dies, as by kill -9, at each call that changes the file system, and then goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from redone.recipe.runner import run

CHANGES = ("mkdir", "rename", "replace", "unlink", "rmdir", "fsync")
KILLED = 137


def watched(patch: pytest.MonkeyPatch, act: Callable[[int], None]) -> list[int]:
    """``act`` is called before each call that changes the file system, with its number; returns the count."""
    made = [0]

    def wrap(name: str) -> None:
        real = getattr(os, name)

        def call(*arguments: object, **options: object) -> object:
            made[0] += 1
            act(made[0])
            return real(*arguments, **options)

        patch.setattr(os, name, call)

    for name in CHANGES:
        wrap(name)
    return made


def dies_at(number: int, work: Callable[[], object]) -> int:
    """The exit code of a process of its own that does ``work`` and is gone at that call: nothing is cleaned up."""
    child = os.fork()
    if not child:
        try:
            watched(pytest.MonkeyPatch(), lambda n: os._exit(KILLED) if n == number else None)
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def check(fake, quiet, tmp_path: Path, every: int) -> None:
    straight = tmp_path / "straight"
    with pytest.MonkeyPatch.context() as patch:
        made = watched(patch, lambda number: None)
        run(fake.make_recipe(), straight, fake.Fakes().workshop(), quiet()[0])
        total = made[0]
    assert total > 60
    expected = fake.timeless(straight)
    for number in range(1, total + 1, every):
        out = tmp_path / f"killed-{number}"
        code = dies_at(
            number, lambda out=out: run(fake.make_recipe(), out, fake.Fakes().workshop(), quiet()[0])
        )
        assert code == KILLED, number
        run(fake.make_recipe(), out, fake.Fakes().workshop(), quiet()[0])
        assert fake.timeless(out) == expected, f"killed at change {number} of {total}"


def test_killed_at_some_writes_then_resumed_equals_straight(fake, quiet, tmp_path) -> None:
    check(fake, quiet, tmp_path, 11)


@pytest.mark.slow
def test_killed_at_every_write_then_resumed_equals_straight(fake, quiet, tmp_path) -> None:
    check(fake, quiet, tmp_path, 1)
