"""The DAPO update alone on a GPU, beside TRL's GRPOTrainer: tokens per second, MFU and memory.

    python benchmarks/gpu_update.py --model 0.6b 4b [--groups 8] [--rounds 5] [--no-peer] [--tiny]

Models have the sizes of Qwen3-0.6B and 4B and random weights. Weights, gradients and optimizer state are bf16 on
both sides (--weights f32: f32, products in bf16). Both sides update on the same groups: prompts of one length,
answers of 1 to --answer-tokens tokens, nothing is sampled. Each side is tried with several settings and the fastest
is measured; sides run one after the other, so that each has the memory to itself. Without a GPU tiny shapes run on
the CPU, to see that the script does. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from typing import Any

import torch
from _clock import environment, one_thread
from _gpu_clock import OUT_OF_MEMORY, described, fastest, release
from _gpu_ours import FRUGAL, SETTINGS, TINY, OurUpdate
from _gpu_shape import (
    UpdateShape,
    real_flops,
    real_tokens,
    repeated_flops,
    repeated_tokens,
    shape_of,
    speeds,
    tiny,
)


def compare(
    shape: UpdateShape,
    device: torch.device,
    dtype: torch.dtype,
    options: argparse.Namespace,
    peak: float | None,
) -> dict[str, Any]:
    """Both sides on one model."""
    small, rounds = options.tiny, options.rounds
    sample = [group for step in range(2, 2 + rounds) for group in shape.drawn(step)]
    work = {
        "real_tokens": real_tokens(sample) / rounds,
        "repeated_tokens": repeated_tokens(sample) / rounds,
        "real_tflop": real_flops(shape.model, sample) / rounds / 1e12,
        "repeated_tflop": repeated_flops(shape.model, sample) / rounds / 1e12,
    }
    sides = {}
    ours = OurUpdate(shape, device, dtype)
    sides["redone"] = fastest(TINY if small else SETTINGS, () if small else FRUGAL, ours, rounds)
    release()
    if options.peer:
        from _gpu_trl import PeerSetting, TheirUpdate, peer_settings

        settings, frugal = peer_settings(shape)
        if small:
            settings, frugal = [PeerSetting(rows=shape.groups * shape.answers)], []
        theirs = TheirUpdate(shape, device, dtype)
        sides["trl"] = fastest(settings, frugal, theirs, rounds)
        release()
    done = {name: side | speeds(side, work, peak) for name, side in sides.items()}
    seconds = [done.get(name, {}).get("median_s") for name in ("trl", "redone")]
    ratio = seconds[0] / seconds[1] if all(seconds) else None
    sizes = {name: getattr(shape, name) for name in ("groups", "answers", "prompt_tokens", "longest")}
    return {"parameters": shape.model.parameters, **sizes, **work, **done, "ratio": ratio}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", nargs="+", default=["0.6b", "4b"], choices=["0.6b", "1.7b", "4b"])
    parser.add_argument("--groups", type=int, default=8, help="groups of an update")
    parser.add_argument("--answers", type=int, default=16, help="answers of a group")
    parser.add_argument("--prompt-tokens", type=int, default=1024)
    parser.add_argument("--answer-tokens", type=int, default=64, help="the longest answer")
    parser.add_argument("--rounds", type=int, default=5, help="measured updates of each side")
    parser.add_argument("--weights", choices=["bf16", "f32"], default="bf16", help="how weights are held")
    parser.add_argument("--peer", action=argparse.BooleanOptionalAction, default=True, help="TRL as well")
    parser.add_argument("--tiny", "--quick", action="store_true", help="small shapes: does it run?")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = arguments()
    # The peer's trainer would copy the model to every GPU that it sees.
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")
    logging.disable(logging.WARNING)
    if not torch.cuda.is_available():
        print("torch finds no GPU: tiny shapes on the CPU, MFU is not counted", file=sys.stderr)
        options.tiny = True
        one_thread()
    device = torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")
    about, peak = described(device)
    dtype = torch.bfloat16 if options.weights == "bf16" else torch.float32
    cases = {}
    for name in options.model:
        shape = shape_of(
            name,
            groups=options.groups,
            answers=options.answers,
            prompt_tokens=options.prompt_tokens,
            longest=options.answer_tokens,
        )
        cases[name] = compare(tiny(shape) if options.tiny else shape, device, dtype, options, peak)
    packages = (
        ("redone", "torch", "transformers", "trl") if options.peer else ("redone", "torch", "transformers")
    )
    held = f"weights, gradients and optimizer state {options.weights}, products bf16"
    printed = environment(*packages) | about | {"tiny": options.tiny, "held": held}
    printed["unit"] = "seconds on the wall, device idle at both ends; medians"
    print(json.dumps({"benchmark": "gpu_update", **printed, "models": cases}, indent=1))
    errors = [case.get(side, {}).get("error", "") for case in cases.values() for side in ("redone", "trl")]
    if any(error not in ("", OUT_OF_MEMORY) for error in errors):
        sys.exit(1)


if __name__ == "__main__":
    main()
