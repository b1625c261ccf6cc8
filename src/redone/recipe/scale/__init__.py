"""What a recipe takes before it is run: memory, tokens, FLOPs, hours and cost, from first principles."""

from redone.recipe.scale.architecture import Architecture
from redone.recipe.scale.hardware import GPUS, Gpu, gpu
from redone.recipe.scale.lengths import Lengths, lengths_at_limits, measured_lengths
from redone.recipe.scale.model_sizes import PRESETS, architecture_of, preset
from redone.recipe.scale.plan import Assumptions, Plan, plan_scale
from redone.recipe.scale.show import plan_json, plan_lines

__all__ = [
    "GPUS",
    "PRESETS",
    "Architecture",
    "Assumptions",
    "Gpu",
    "Lengths",
    "Plan",
    "architecture_of",
    "gpu",
    "lengths_at_limits",
    "measured_lengths",
    "plan_json",
    "plan_lines",
    "plan_scale",
    "preset",
]
