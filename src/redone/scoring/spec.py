"""Which reward judges a task, and with what settings (RedOne 2.0, section 3.2.2, Eq. 2-5).

What a reward reads from ``Example.checks``, where it needs more than the references:

    sandbox   inputs    the hidden test inputs, plain JSON values
              outputs   the expected values, one per input, plain JSON values; they never enter the sandbox
              variable  the name that the answer's expression reads its input from (form "expression")
              function  the name of the function that the answer defines (form "function")
              literal   true when inputs and outputs are Python literal texts instead ("(1, 2)", "{'a'}")
    pattern   rules     format rules of this one example, on top of those in ``RewardSpec.params``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

RewardKind = Literal["exact", "metric", "sandbox", "pattern"]
REWARD_KINDS: tuple[str, ...] = get_args(RewardKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardSpec:
    """The one reward of a task.

    ``metric`` names an entry of the metric registry and is read by kind "metric" only. ``params``:

        exact     nothing
        metric    what the metric documents (for example ``low`` and ``high`` of level_distance)
        sandbox   form: "expression" (default) or "function"; partial: pay the share of passed inputs
        pattern   rules: a list of format rules; partial: pay the share of kept rules
    """

    kind: RewardKind
    metric: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
