from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.corpus.steps.normalise import normalise


@pytest.mark.parametrize(
    ("text", "clean", "kind"),
    [
        ("a\r\nb\rc", "a\nb\nc", "newlines"),
        ("a\n\n\n \n\nb", "a\n\nb", "spaces"),
        ("e\u0301", "\u00e9", "nfc"),
        ("a\u200bb\ufeff", "ab", "removed_zero_width"),
        ("a\u202eb", "ab", "removed_bidi"),
        ("a\x07b", "ab", "removed_control"),
        ("  a ", "a", "spaces"),
        ("a\x00b", "ab", "broken"),
    ],
)
def test_what_is_changed_is_counted(text: str, clean: str, kind: str) -> None:
    changes: Counter[str] = Counter()
    assert normalise(text, changes) == clean
    assert changes[kind] >= 1


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_twice_is_once(text: str) -> None:
    once = normalise(text, Counter())
    assert normalise(once, Counter()) == once


def test_full_width_forms_stay() -> None:
    assert normalise("ＡＢＣ！？", Counter()) == "ＡＢＣ！？"
