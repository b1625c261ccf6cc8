import pytest

from redone.bench.leaderboard import published
from redone.errors import UserError


def test_thirty_rows_whose_cells_give_the_printed_mean() -> None:
    rows = published("sns-bench")
    assert len(rows) == 30
    assert all(not row.remark for row in rows)
    odd = [row.model for row in published("sns-transbench") if row.remark]
    assert odd == ["Qwen3-30B-A3B"]


def test_no_rows_for_the_general_suite() -> None:
    with pytest.raises(UserError, match="sns-bench, sns-transbench"):
        published("general")
