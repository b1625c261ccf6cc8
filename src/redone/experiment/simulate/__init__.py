"""Simulated users of the embedded platform, served by two models: a whole experiment without a platform."""

from redone.experiment.simulate.applications import Applications, TaskApplications
from redone.experiment.simulate.run import SimulationSettings, default_design, simulate

__all__ = ["Applications", "SimulationSettings", "TaskApplications", "default_design", "simulate"]
