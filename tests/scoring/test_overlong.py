import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.errors import UserError
from redone.scoring import overlong_penalty


@pytest.mark.parametrize(
    ("length", "penalty"), [(0, 0), (80, 0), (81, -0.05), (90, -0.5), (100, -1), (101, -1), (10_000, -1)]
)
def test_the_three_pieces(length: int, penalty: float) -> None:
    assert overlong_penalty(length, limit=100, buffer=20) == pytest.approx(penalty)


@given(st.integers(0, 300), st.integers(0, 200), st.floats(0, 3), st.data())
def test_falls_and_stays_in_range(length: int, limit: int, factor: float, data: st.DataObject) -> None:
    buffer = data.draw(st.integers(0, limit))
    here = overlong_penalty(length, limit, buffer, factor)
    assert -factor <= here <= 0
    assert overlong_penalty(length + 1, limit, buffer, factor) <= here


def test_no_buffer_is_a_step() -> None:
    assert [overlong_penalty(n, 10, 0) for n in (10, 11)] == [0, -1]


def test_settings_that_contradict() -> None:
    with pytest.raises(UserError, match="buffer 20"):
        overlong_penalty(5, limit=10, buffer=20)
    with pytest.raises(UserError, match="factor"):
        overlong_penalty(5, limit=10, buffer=2, factor=-1)
