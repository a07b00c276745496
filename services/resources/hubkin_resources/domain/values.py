"""Profiles, pools and what is taken of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class PoolKind(StrEnum):
    """How a pool is counted."""

    CPU = "cpu"  #: in cores; the site may hand out each several times
    GPU = "gpu"  #: in units that one holder has alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Machines of one kind."""

    name: str
    kind: PoolKind
    total_units: int
    label: str = ""
    label_zh: str = ""
    simulated: bool = False
    backend: str = "local"
    devices: tuple[str, ...] = ()
    """What the driver calls each unit, in the order of the units; empty when nothing has to be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is sold: an accelerator or none, with the cores and memory that come with one unit."""

    name: str
    label: str
    pool: str
    cpu: int
    memory_bytes: int
    label_zh: str = ""
    accelerator: str | None = None
    simulated: bool = False
    notebook: bool = True

    @property
    def is_gpu(self) -> bool:
        """Whether it comes with an accelerator, so that it has to be asked for."""
        return self.accelerator is not None

    def label_in(self, language: str) -> str:
        """Its label in a language, the other one when there is none."""
        return (self.label_zh or self.label) if language.startswith("zh") else self.label


@dataclass(frozen=True, slots=True)
class Taken:
    """Units of a pool that one holder has."""

    holder: str
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PoolState:
    """A pool and who has what of it."""

    pool: Pool
    leases: tuple[Taken, ...] = ()

    @property
    def label(self) -> str:
        """The pool's name for people."""
        return self.pool.label or self.pool.name

    @property
    def label_zh(self) -> str:
        """Its name for people who read Chinese; empty when the site gave none."""
        return self.pool.label_zh

    @property
    def is_gpu(self) -> bool:
        """Whether it is a pool of accelerators."""
        return self.pool.kind is PoolKind.GPU

    @property
    def total(self) -> int:
        """How many units there are."""
        return self.pool.total_units

    @property
    def used(self) -> int:
        """How many units are taken."""
        return sum(len(lease.units) for lease in self.leases)

    @property
    def free(self) -> int:
        """How many units may be taken now; never negative, even after a pool was made smaller."""
        return max(0, self.total - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a job gets, decided: for each replica, in whole units of one profile."""

    profile: Profile
    units: int
    replicas: int
    cpu: int
    memory_bytes: int
    shm_bytes: int | None = None

    @property
    def pool_units(self) -> int:
        """How many units of the pool one replica takes: accelerators, or cores."""
        return self.units if self.profile.is_gpu else self.units * self.profile.cpu


@dataclass(frozen=True, slots=True)
class Quota:
    """Ceilings for each person; None is none."""

    jobs_running: int | None = None
    jobs_queued: int | None = None


@dataclass(frozen=True, slots=True)
class Gpu:
    """A real accelerator of this machine."""

    uuid: str
    model: str
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine has."""

    cores: int
    memory_bytes: int
    gpus: tuple[Gpu, ...] = ()


def free_units(state: PoolState, wanted: int) -> tuple[int, ...] | None:
    """Choose units to take, the lowest first; None when there are too few.

    Units of a CPU pool are cores handed out in rounds (unit ``n`` is core ``n % cores``), so that the lowest
    first spreads work over all cores before any core gets a second holder.
    """
    busy = {unit for lease in state.leases for unit in lease.units}
    free = [unit for unit in range(state.total) if unit not in busy]
    return tuple(free[:wanted]) if wanted <= len(free) else None


def slug(model: str) -> str:
    """Return a name for a GPU model: ``NVIDIA A100-SXM4-80GB`` → ``a100-sxm4-80gb``."""
    bare = re.sub(r"^(nvidia|tesla|geforce)\s+", "", model.strip().lower())
    bare = re.sub(r"^(nvidia|tesla|geforce)\s+", "", bare)
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:60] or "gpu"
