"""Values that travel as a pickle, because the user asked for it with ``--send``.

Classes and functions of the notebook travel as source and are pickled by name, so that ``isinstance``
holds in the job.
"""

from __future__ import annotations

import io
import pickle
import pkgutil
import socket
import types
from typing import Any, Callable, List, Mapping, Optional, Sequence, Set, Tuple, Type

from hubkin_magics.i18n import said

SEND_LIMIT_BYTES = 10_000_000
#: The job runs the same minor version of Python, so its newest protocol is right.
_PROTOCOL = pickle.HIGHEST_PROTOCOL


class TooLarge(Exception):
    """The pickle grew past its limit."""


class NotSendable(Exception):
    """A value cannot leave this process; the message says which kind."""


class _Bounded(io.RawIOBase):
    def __init__(self) -> None:
        self.parts: List[bytes] = []
        self.size = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self.size += len(part)
        if self.size > SEND_LIMIT_BYTES:
            raise TooLarge
        self.parts.append(part)
        return len(part)


def pickled(
    names: Sequence[str], namespace: Mapping[str, Any], is_source: Callable[[str], bool]
) -> "Pickled":
    """Pickle these names of the namespace as one dict, shared objects staying shared.

    Args:
        names: What to send.
        namespace: The kernel's namespace.
        is_source: Whether a class or function of the namespace, by name, travels as source.

    Raises:
        TooLarge: It takes more than 10 MB.
        NotSendable: One of the values cannot be pickled.
    """
    base, is_cloud = _pickler()
    out = _Bounded()
    pickler = _make(base)(out, namespace, is_source)
    try:
        pickler.dump({name: namespace[name] for name in names})
    except (TooLarge, NotSendable):
        raise
    except Exception as error:  # noqa: BLE001 - whatever the pickling of somebody's class raises
        raise NotSendable(str(error) or type(error).__name__) from None
    return Pickled(
        b"".join(out.parts), frozenset(pickler.by_name), is_cloud and b"cloudpickle" in b"".join(out.parts)
    )


class Pickled:
    """The bytes, the names that must exist when they are loaded, and whether loading needs cloudpickle."""

    def __init__(self, data: bytes, by_name: "frozenset[str]", needs_cloudpickle: bool) -> None:
        self.data = data
        self.by_name = by_name
        self.needs_cloudpickle = needs_cloudpickle


def size_of(name: str, namespace: Mapping[str, Any]) -> Optional[int]:
    """Return how many bytes ``--send`` would take for the name, or None when it would be refused."""
    if name not in namespace:
        return None
    try:
        return len(pickled([name], namespace, lambda _: True).data)
    except (TooLarge, NotSendable):
        return None


def _pickler() -> Tuple[Type[pickle.Pickler], bool]:
    try:
        from cloudpickle import CloudPickler  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        return pickle.Pickler, False
    return CloudPickler, True


def _make(base: Type[Any]) -> Type[Any]:
    class Sender(base):  # type: ignore[misc] # the base is whichever pickler this kernel has
        def __init__(self, out: Any, namespace: Mapping[str, Any], is_source: Callable[[str], bool]) -> None:
            super().__init__(out, protocol=_PROTOCOL)
            self._namespace = namespace
            self._is_source = is_source
            self.by_name: Set[str] = set()

        def reducer_override(self, value: Any) -> Any:
            _check(value)
            if (
                isinstance(value, (type, types.FunctionType))
                and getattr(value, "__module__", None) == "__main__"
            ):
                name = value.__qualname__
                if self._namespace.get(name) is value and self._is_source(name):
                    self.by_name.add(name)
                    return (pkgutil.resolve_name, (f"__main__:{name}",))
            parent = getattr(super(), "reducer_override", None)
            return parent(value) if parent is not None else NotImplemented

    return Sender


def _check(value: Any) -> None:
    """Refuse what must stay here, and what is too large before it is copied."""
    kind = type(value)
    size = getattr(value, "nbytes", None)
    if isinstance(size, int) and size > SEND_LIMIT_BYTES:
        raise TooLarge
    module = kind.__module__.partition(".")[0]
    if isinstance(value, socket.socket):
        raise NotSendable(said("a socket stays in this process"))
    if isinstance(value, io.IOBase):
        raise NotSendable(said("an open file stays in this process; send its path"))
    if module in ("torch", "cupy") and bool(getattr(value, "is_cuda", module == "cupy")):
        raise NotSendable(said("a tensor on a GPU stays there; send tensor.cpu()"))
