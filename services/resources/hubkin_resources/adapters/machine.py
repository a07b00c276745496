"""What this machine has: cores, memory, and real GPUs as the driver counts them.  Called once at start."""

from __future__ import annotations

import os
from typing import Any

import psutil
import structlog

from hubkin_resources.domain.values import Gpu, Machine

log = structlog.get_logger()


def this_machine() -> Machine:
    """Return the cores that this process may use, the memory, and the GPUs that the driver names."""
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
        gpus=_gpus(),
    )


def _gpus() -> tuple[Gpu, ...]:
    """Ask NVML; a machine without NVIDIA's driver has none."""
    import pynvml

    nvml: Any = pynvml  # it has no types
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return ()
    try:
        handles = [nvml.nvmlDeviceGetHandleByIndex(n) for n in range(nvml.nvmlDeviceGetCount())]
        return tuple(
            Gpu(
                uuid=_text(nvml.nvmlDeviceGetUUID(handle)),
                model=_text(nvml.nvmlDeviceGetName(handle)),
                memory_bytes=int(nvml.nvmlDeviceGetMemoryInfo(handle).total),
            )
            for handle in handles
        )
    except nvml.NVMLError as error:
        log.warning("gpus_not_listed", error=str(error))
        return ()
    finally:
        nvml.nvmlShutdown()


def _text(value: str | bytes) -> str:
    """Older bindings answer bytes."""
    return value.decode() if isinstance(value, bytes) else value
