"""Where chunks end."""

from hubkin_agent.spool import cut
from hypothesis import given
from hypothesis import strategies as st


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.text(max_size=50), st.integers(0, 200))
def test_a_chunk_of_text_ends_between_characters(text, size):
    data = text.encode("utf-8", "replace")[:size]

    whole = cut(data, is_last=False)

    assert is_utf8(whole)
    assert data.startswith(whole)
    assert len(data) - len(whole) <= 3


@given(st.text(max_size=50), st.lists(st.integers(4, 9), min_size=1))
def test_chunks_add_up_to_the_text(text, sizes):
    data = text.encode("utf-8", "replace")
    chunks, at = [], 0
    for size in sizes * (len(data) + 1):
        piece = data[at : at + size]
        chunks.append(cut(piece, is_last=at + len(piece) == len(data)))
        at += len(chunks[-1])

    assert b"".join(chunks) == data
    assert all(is_utf8(chunk) for chunk in chunks)


@given(st.binary(max_size=20))
def test_bytes_that_are_no_text_are_never_held_up(data):
    whole = cut(data + b"\xff", is_last=False)

    assert whole == data + b"\xff"


@given(st.binary(max_size=20))
def test_the_last_chunk_is_all_there_is(data):
    assert cut(data, is_last=True) == data
