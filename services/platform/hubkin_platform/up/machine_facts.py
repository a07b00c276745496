"""What this machine has, said in a few words: CPUs, memory, GPUs by NVML."""

from __future__ import annotations

import os
from collections import Counter
from importlib import import_module
from typing import Any


def gpus() -> list[tuple[str, int]]:
    """Return name and memory in bytes of every NVIDIA card; none without a driver."""
    nvml: Any = import_module("pynvml")
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return []
    try:
        handles = [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(nvml.nvmlDeviceGetCount())]
        return [
            (str(nvml.nvmlDeviceGetName(handle)), int(nvml.nvmlDeviceGetMemoryInfo(handle).total))
            for handle in handles
        ]
    except nvml.NVMLError:
        return []
    finally:
        nvml.nvmlShutdown()


def cpus() -> int:
    """Return how many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_words() -> str:
    """Return e.g. ``1 × RTX 4070, 12 GB`` or ``2 CPU``."""
    found = Counter(gpus())
    if not found:
        return f"{cpus()} CPU"
    cards = [f"{count} × {name}, {round(size / 2**30)} GB" for (name, size), count in found.items()]
    return "; ".join(cards)
