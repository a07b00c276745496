"""Scalars of TensorBoard event files, in the forms that writers use."""

import struct

import pytest
from hubkin_agent import tfevents
from hypothesis import given
from hypothesis import strategies as st


def varint(value: int) -> bytes:
    out = b""
    value &= (1 << 64) - 1
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def frame(event: bytes) -> bytes:
    return struct.pack("<QI", len(event), 0) + event + b"\0\0\0\0"


def event(tag: str, value: bytes, *, step: int = 1, wall: float = 1.5) -> bytes:
    summary = field(1, field(1, tag.encode()) + value)
    return frame(b"\x09" + struct.pack("<d", wall) + b"\x10" + varint(step) + field(5, summary))


SIMPLE = b"\x15" + struct.pack("<f", 0.5)


@pytest.mark.parametrize(
    "value",
    [
        SIMPLE,
        field(8, b"\x08\x01" + field(4, struct.pack("<f", 0.5))),
        field(8, b"\x08\x01" + field(5, struct.pack("<f", 0.5))),
        field(8, b"\x08\x01\x2d" + struct.pack("<f", 0.5)),
        field(8, b"\x08\x02" + field(4, struct.pack("<d", 0.5))),
    ],
    ids=["simple_value", "tensor_content", "packed", "unpacked", "double"],
)
def test_a_scalar_is_read_in_every_form(value):
    scalars, _ = tfevents.read(event("loss", value, step=300, wall=2.5))

    assert scalars == [tfevents.Scalar("loss", 0.5, 300, 2_500_000)]


def test_what_is_no_scalar_is_passed_over():
    image = event("image", field(4, b"png" * 100))
    version = frame(b"\x09" + struct.pack("<d", 1.0) + field(3, b"brain.Event:2"))
    vector = event("vector", field(8, b"\x08\x01" + field(4, struct.pack("<2f", 1, 2))))

    scalars, used = tfevents.read(version + image + vector + event("loss", SIMPLE))

    assert [one.name for one in scalars] == ["loss"]
    assert used == len(version + image + vector + event("loss", SIMPLE))


@given(st.integers(0, 200))
def test_a_file_that_is_being_written_is_read_up_to_its_last_whole_event(length):
    first = event("a", SIMPLE)
    data = (first + event("b", SIMPLE))[:length]

    scalars, used = tfevents.read(data)

    assert used in (0, len(first), 2 * len(first))
    assert len(scalars) == used // len(first)


def test_a_negative_step_stays_negative():
    assert tfevents.read(event("a", SIMPLE, step=-1))[0][0].step == -1


@given(st.binary(max_size=60))
def test_bytes_that_are_no_events_are_refused_or_passed_over(data):
    try:
        tfevents.read(frame(data))
    except tfevents.NotEvents:
        return
