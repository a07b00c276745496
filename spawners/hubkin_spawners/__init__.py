"""Spawners that ask the platform before they start a notebook server.

``HubkinGate`` goes before any spawner: ``class Mine(HubkinGate, KubeSpawner)``.  Loaded late, because the
process of a notebook server imports this package too and must not pay for the hub's.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hubkin_spawners.local import HubkinLocalSpawner
    from hubkin_spawners.spawner import HubkinGate

__all__ = ["HubkinGate", "HubkinLocalSpawner"]


def __getattr__(name: str) -> Any:
    if name == "HubkinGate":
        from hubkin_spawners.spawner import HubkinGate

        return HubkinGate
    if name == "HubkinLocalSpawner":
        from hubkin_spawners.local import HubkinLocalSpawner

        return HubkinLocalSpawner
    raise AttributeError(name)
