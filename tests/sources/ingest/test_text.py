from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.sources.ingest.faults import RowFault
from redone.sources.ingest.text import clean_text, clean_value

HIDDEN = "\u200b\u200c\u200d\u200e\ufeff\u2060\u00ad\x01\x7f\U000e0041"
MIXED = st.text(
    alphabet=st.sampled_from(HIDDEN + "ab\u8336 \n\ufe0f\u2764\U0001f468\U0001f3fd\U0001f3f4"), max_size=12
)


@given(MIXED)
def test_cleaning_twice_changes_nothing_and_counts_what_went(text: str) -> None:
    stripped: Counter[str] = Counter()
    clean = clean_text(text, stripped)
    assert clean_text(clean, Counter()) == clean
    assert len(text) - len(clean) == stripped.total()
    assert [c for c in clean if c not in HIDDEN] == [c for c in text if c not in HIDDEN]


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Zs", "So"]), max_size=20))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean_text(text, Counter()) == text


@pytest.mark.parametrize("text", ["a\x00", "\ud83d", "a\u202eb", "\u2066x\u2069"])
def test_dangerous_text_is_a_fault_wherever_it_hides(text: str) -> None:
    for value in (text, ["x", text], {"k": [text]}, {text: 1}):
        with pytest.raises(RowFault):
            clean_value(value, Counter())


def test_bidi_can_be_stripped_instead() -> None:
    stripped: Counter[str] = Counter()
    assert clean_text("\u2066x\u2069", stripped, "strip") == "x"
    assert stripped == {"bidi": 2}
