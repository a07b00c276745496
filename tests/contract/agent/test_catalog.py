"""What the agent says about files, the catalog says too; its rules are its own because it stands alone."""

import io
import unicodedata

import pytest
from hubkin_agent.names import BadName, clean
from hubkin_agent.outputs import digest
from hubkin_catalog import BadPath, Digest, clean_path
from hypothesis import example, given
from hypothesis import strategies as st

ODD = st.sampled_from("a./\\:C\0\n\u061c\u200b\u200f\u202e\u2060\ufeff\u0301é数 ")


@given(st.one_of(st.text(max_size=30), st.text(alphabet=ODD, max_size=12)))
@example("a\\b")
@example("x" * 256)
@example("d/" * 64 + "f")
@example("/".join(["x" * 200] * 6))
def test_a_name_that_leaves_a_replica_is_taken_by_the_catalog_as_it_is(path):
    try:
        ours = clean(path)
    except BadName:
        return

    assert clean_path(ours) == ours == unicodedata.normalize("NFC", ours)


@given(st.text(alphabet=ODD, max_size=12))
def test_a_name_that_the_catalog_takes_leaves_a_replica(path):
    try:
        theirs = clean_path(path)
    except BadPath:
        return
    if "\u061c" in path:
        return

    assert clean(path) == theirs


@pytest.mark.parametrize("size", [0, 1, (16 << 20) - 1, 16 << 20, (16 << 20) + 1, 33 << 20])
def test_a_file_has_the_catalogs_digest(size):
    data = bytes(range(256)) * (size // 256 + 1)
    whole = Digest(size)
    whole.update(data[:size])

    assert digest(io.BytesIO(data[:size]), size) == whole.hexdigest()
