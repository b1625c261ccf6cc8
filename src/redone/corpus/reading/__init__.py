"""Input: dumps in many formats, cut into shards, as tables; what cannot be used goes to the quarantine."""

from redone.corpus.reading.faults import NO_TEXT, Fault, check_shares, write_quarantine
from redone.corpus.reading.plan import Plan, Shard, plan_from_json, plan_shards, plan_to_json
from redone.corpus.reading.shard import Loaded, read_shard

__all__ = [
    "NO_TEXT",
    "Fault",
    "Loaded",
    "Plan",
    "Shard",
    "check_shares",
    "plan_from_json",
    "plan_shards",
    "plan_to_json",
    "read_shard",
    "write_quarantine",
]
