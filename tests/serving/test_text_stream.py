from hypothesis import given
from hypothesis import strategies as st

from redone.serving.engine.text_stream import TextStream


def decode(ids: list[int]) -> str:
    return bytes(ids).decode("utf-8", errors="replace")


texts = st.text(st.sampled_from("ab \n好吗😀."), max_size=24)


@given(texts, st.lists(st.sampled_from(["a", "ab", "好", " b", "吗😀", "\n"]), max_size=2))
def test_pieces_joined_are_the_text_up_to_the_stop(text: str, stop: list[str]) -> None:
    stream = TextStream(decode, tuple(stop))
    pieces = []
    for byte in text.encode():
        pieces.append(stream.push(byte))
        if stream.stopped:
            break
    pieces.append(stream.close())
    ends = [at for at in (text.find(s) for s in stop) if at >= 0]
    lead = len(text) - len(text.lstrip())
    if ends and min(ends) < lead:  # a stop string of spaces may begin in the space that is trimmed
        return
    expected = text[: min(ends)] if ends else text
    assert "".join(pieces) == expected.strip()
    assert stream.stopped == bool(ends)


def test_no_half_character_is_sent() -> None:
    stream = TextStream(decode)
    assert [stream.push(byte) for byte in "你".encode()] == ["", "", "你"]


def test_broken_bytes_come_out_in_the_end() -> None:
    stream = TextStream(decode)
    assert stream.push(0xE4) == ""
    assert stream.close() == "\ufffd"
