"""How often RL draws each task: general against platform, and tasks that reason before they answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def task_shares(
    platform: Sequence[str],
    general: Sequence[str],
    *,
    general_share: float,
    reasoning: Collection[str] = (),
    reasoning_share: float | None = None,
) -> dict[str, float]:
    """Task -> share of the prompts drawn; the shares add up to 1.

    Tasks of one part count alike, which keeps long-tail tasks visible (RedOne 2.0, section 3.2.1).
    ``reasoning_share`` then moves weight between tasks that reason and the others, within each part as far as
    the part has both kinds, so that the general share stays what was asked for. It is met as closely as that
    allows. A part without tasks leaves all prompts to the other.
    """
    if not platform or not general:
        general_share = 1.0 if general else 0.0
    parts = [(tuple(platform), 1 - general_share), (tuple(general), general_share)]
    even = {task: share / len(tasks) for tasks, share in parts for task in tasks}
    if reasoning_share is None:
        return even
    fixed, movable = 0.0, 0.0
    for tasks, share in parts:
        kinds = {task in reasoning for task in tasks}
        fixed += share if kinds == {True} else 0.0
        movable += share if kinds == {True, False} else 0.0
    if movable == 0:
        return even
    inside = min(1.0, max(0.0, (reasoning_share - fixed) / movable))
    shares: dict[str, float] = {}
    for tasks, share in parts:
        yes = [task for task in tasks if task in reasoning]
        no = [task for task in tasks if task not in reasoning]
        mixed = bool(yes and no)
        shares |= {task: share * (inside if mixed else 1.0) / len(yes) for task in yes}
        shares |= {task: share * (1 - inside if mixed else 1.0) / len(no) for task in no}
    return shares
