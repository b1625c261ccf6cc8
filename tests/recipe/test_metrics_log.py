import errno

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.recipe.metrics_log import MetricsLog


def steps(log, stage):
    return [row["step"] for row in log.rows() if row["stage"] == stage]


def write(log, stage, before, start, stop):
    writer = log.for_stage(stage, frozenset(before))
    writer.rewind(start)
    for step in range(start + 1, stop + 1):
        writer.write(step, "train", loss=1.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=8))
def test_whatever_the_order_of_kills_and_resumes_there_are_no_gaps_or_doubles(
    tmp_path_factory, attempts
) -> None:
    log = MetricsLog(tmp_path_factory.mktemp("log") / "metrics.jsonl")
    write(log, "first", (), 0, 3)
    reached = 0
    for checkpoint, length in attempts:
        start = min(checkpoint, reached)
        write(log, "second", ("first",), start, start + length)
        reached = start + length
        assert steps(log, "second") == list(range(1, reached + 1))
    assert steps(log, "first") == [1, 2, 3]
    log.close()


def test_a_line_cut_by_a_kill_is_left_out_and_mended(tmp_path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    write(log, "first", (), 0, 2)
    log.close()
    with log.path.open("ab") as file:
        file.write(b'{"stage": "first", "step": 3, "lo')
    write(log, "first", (), 2, 4)
    log.close()
    assert steps(log, "first") == [1, 2, 3, 4]
    assert b"lo\n" not in log.path.read_bytes()


def test_rewinding_a_stage_drops_later_stages(tmp_path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    write(log, "first", (), 0, 2)
    write(log, "second", ("first",), 0, 2)
    write(log, "first", (), 1, 3)
    assert steps(log, "first") == [1, 2, 3]
    assert steps(log, "second") == []
    log.close()


def test_a_row_needs_a_position_first(tmp_path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    with pytest.raises(AssertionError, match="rewind"):
        log.for_stage("first", frozenset()).write(1, "train")


def test_a_full_disk_takes_back_the_half_written_row(tmp_path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    write(log, "first", (), 0, 1)
    real = log._file

    class Full:
        def __init__(self) -> None:
            self.parts = 0

        def write(self, data):
            self.parts += 1
            if self.parts == 2:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real.write(data[:5])

        def __getattr__(self, name):
            return getattr(real, name)

    log._file = Full()
    before = log.path.read_bytes()
    with pytest.raises(OSError, match="No space"):
        log.append({"stage": "first", "step": 2})
    assert log.path.read_bytes() == before


def test_numbers_that_json_cannot_hold_become_null(tmp_path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    log.append({"stage": "first", "step": 1, "loss": float("nan")})
    assert next(log.rows())["loss"] is None
    log.close()
