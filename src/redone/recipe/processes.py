"""A run is one process; what exists for several is a library."""

from __future__ import annotations

import os

from redone.errors import UserError

ALONE = frozenset({"", "0", "1"})


def refuse_many_processes() -> None:
    """Refuse to be one of several processes: all of them would write the same run folder.

    Raises:
        UserError: ``WORLD_SIZE``, which torchrun and its like set, is more than 1.

    """
    size = os.environ.get("WORLD_SIZE", "").strip()
    if size in ALONE:
        return
    raise UserError(
        f"WORLD_SIZE is {size}: a recipe is run by one process. Start it without torchrun (or unset WORLD_SIZE). "
        "Several processes train together in Python: redone.training.parallel.start_world(), then train_next_token, "
        "train_dapo or train_preference as usual; see docs/en/performance.md"
    )
