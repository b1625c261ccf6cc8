"""Online experiments: assignment, the exposure log, metrics, statistics that survive peeking, simulated users."""

from redone.experiment.analysis import Analysis, analyze, analyze_file, write_analysis
from redone.experiment.assignment import assign, bucket_of, check_layer
from redone.experiment.design import Design, Goal, read_design, write_design
from redone.experiment.log import COLUMNS, read_log, write_log
from redone.experiment.metrics import METRICS, Metric

__all__ = [
    "COLUMNS",
    "METRICS",
    "Analysis",
    "Design",
    "Goal",
    "Metric",
    "analyze",
    "analyze_file",
    "assign",
    "bucket_of",
    "check_layer",
    "read_design",
    "read_log",
    "write_analysis",
    "write_design",
    "write_log",
]
