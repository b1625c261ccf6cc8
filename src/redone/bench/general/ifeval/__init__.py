"""IFEval (arXiv 2311.07911): 25 kinds of instructions that a program can check, strict and loose."""

from redone.bench.general.ifeval.score import score

__all__ = ["score"]
