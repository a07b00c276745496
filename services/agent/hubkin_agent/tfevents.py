"""Scalars out of TensorBoard event files, without TensorFlow: TFRecord frames around protobuf messages.

Only the fields that hold a scalar are read; whatever else a message holds is passed over.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Dict, Iterator, List, Optional, Tuple, Union

#: No scalar's event is larger; a frame that says so is no event file.
_FRAME_BYTES = 64 << 20
_HEADER = struct.Struct("<QI")
_DT_FLOAT, _DT_DOUBLE, _DT_INT32, _DT_INT64 = 1, 2, 3, 9
_SCALARS = {_DT_FLOAT: "<f", _DT_DOUBLE: "<d", _DT_INT32: "<i", _DT_INT64: "<q"}

_Field = Union[int, bytes]


class NotEvents(ValueError):
    """The bytes are no TensorBoard events."""


@dataclass(frozen=True)
class Scalar:
    """One scalar summary."""

    name: str
    value: float
    step: int
    at: int  #: microseconds UTC


def read(data: bytes) -> Tuple[List[Scalar], int]:
    """Return the scalars of the whole frames at the beginning of `data`, and the bytes they take.

    Raises:
        NotEvents: The bytes are not what TensorBoard's writers write.
    """
    scalars: List[Scalar] = []
    offset = 0
    while len(data) - offset >= _HEADER.size:
        length, _ = _HEADER.unpack_from(data, offset)
        if length > _FRAME_BYTES:
            raise NotEvents("A frame of %d bytes." % length)
        end = offset + _HEADER.size + length + 4
        if end > len(data):
            break
        scalars.extend(_scalars(data[offset + _HEADER.size : end - 4]))
        offset = end
    return scalars, offset


def first_frame_bytes(data: bytes) -> int:
    """Return how long the first frame is, whether or not all of it is there."""
    length, _ = _HEADER.unpack_from(data)
    return _HEADER.size + int(length) + 4


def _scalars(event: bytes) -> Iterator[Scalar]:
    fields = _message(event)
    step = _first_int(fields, 2)
    wall = _first_bytes(fields, 1)
    at = int(struct.unpack("<d", wall)[0] * 1_000_000) if wall is not None and len(wall) == 8 else 0
    for summary in _all_bytes(fields, 5):
        for value in _all_bytes(_message(summary), 1):
            parts = _message(value)
            number = _number(parts)
            name = _first_bytes(parts, 1)
            if name is not None and number is not None:
                yield Scalar(name.decode("utf-8", "replace"), number, step, at)


def _number(parts: Dict[int, List[_Field]]) -> Optional[float]:
    simple = _first_bytes(parts, 2)
    if simple is not None and len(simple) == 4:
        return float(struct.unpack("<f", simple)[0])
    tensor = _first_bytes(parts, 8)
    return None if tensor is None else _tensor_number(_message(tensor))


def _tensor_number(tensor: Dict[int, List[_Field]]) -> Optional[float]:
    kind = _SCALARS.get(_first_int(tensor, 1))
    if kind is None:
        return None
    # The one number is in tensor_content, or in float_val (5) or double_val (6), packed or not.
    for number in (4, 5, 6):
        raw = _first_bytes(tensor, number)
        if raw is not None and len(raw) == struct.calcsize(kind):
            return float(struct.unpack(kind, raw)[0])
    return None


def _message(data: bytes) -> Dict[int, List[_Field]]:
    """Take a protobuf message apart: field number to values; fixed32 and fixed64 stay bytes."""
    fields: Dict[int, List[_Field]] = {}
    offset = 0
    while offset < len(data):
        key, offset = _varint(data, offset)
        kind = key & 7
        value: _Field
        if kind == 0:
            value, offset = _varint(data, offset)
        else:
            if kind == 2:
                length, offset = _varint(data, offset)
            elif kind in (1, 5):
                length = 8 if kind == 1 else 4
            else:
                raise NotEvents("A field of kind %d." % kind)
            value = data[offset : offset + length]
            offset += length
            if offset > len(data):
                raise NotEvents("A field that goes past its message.")
        fields.setdefault(key >> 3, []).append(value)
    return fields


def _varint(data: bytes, offset: int) -> Tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if offset >= len(data):
            break
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
    raise NotEvents("A number without an end.")


def _all_bytes(fields: Dict[int, List[_Field]], number: int) -> List[bytes]:
    return [value for value in fields.get(number, []) if isinstance(value, bytes)]


def _first_bytes(fields: Dict[int, List[_Field]], number: int) -> Optional[bytes]:
    found = _all_bytes(fields, number)
    return found[0] if found else None


def _first_int(fields: Dict[int, List[_Field]], number: int) -> int:
    found = [value for value in fields.get(number, []) if isinstance(value, int)]
    if not found:
        return 0
    # int64: what is over 2**63 is negative.
    return found[0] - (1 << 64) if found[0] >= 1 << 63 else found[0]
