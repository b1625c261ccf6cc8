"""One proven sandbox for the whole folder; tests that need it skip with the reason where there is none."""

from collections.abc import Callable
from typing import Any

import pytest

from redone.records import Example
from redone.scoring.sandbox import Sandbox, SandboxLimits, open_sandbox

MakeExample = Callable[..., Example]


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    found, reason = open_sandbox(SandboxLimits(wall_seconds=2.0))
    if found is None:
        pytest.skip(f"no sandbox on this machine: {reason}")
    return found


@pytest.fixture(scope="session")
def make_example() -> MakeExample:
    def make(*references: str, name: str = "example-7", **checks: Any) -> Example:
        return Example(
            id=name, task="t", language="en", messages=(), references=references, target="", checks=checks
        )

    return make
