"""The site without a file: this machine as it is, and the demo."""

from __future__ import annotations

from typing import Any

import yaml

from hubkin_resources.domain.site import Site
from hubkin_resources.domain.sitefile import parse_site
from hubkin_resources.domain.sizes import GIB
from hubkin_resources.domain.values import Machine, slug


def default_site(machine: Machine) -> Site:
    """Return what there is without a file: this machine's cores and its real GPUs, free for everyone."""
    return parse_site(yaml.safe_dump(_defaults(machine)), machine=machine)


def demo_site(machine: Machine) -> Site:
    """Return the demo's site: free cores, and a pool of two simulated GPUs that have a price."""
    return parse_site(DEMO, machine=machine)


#: The demo's site file, also a model for others.
DEMO = """\
unit: CNY
time_zone: Asia/Shanghai
confirm_above: 20
pools:
  cpu: {kind: cpu}
  sim: {kind: gpu, units: 2, simulated: true, label: Simulated GPUs, label_zh: 模拟 GPU}
profiles:
  cpu: {pool: cpu, label: CPU, label_zh: CPU, cpu: 1, memory: 2GiB}
  sim-gpu:
    pool: sim
    label: Simulated GPU
    label_zh: 模拟 GPU
    accelerator: sim-gpu
    cpu: 1
    memory: 2GiB
prices:
  sim-gpu: 2.00
groups:
  vision-lab: {lead: [lea], member: [ada], viewer: [bob]}
opening_balances:
  ada: 50.00
  bob: 5.00
  lea: 50.00
  vision-lab: 300.00
"""


def _defaults(machine: Machine) -> dict[str, Any]:
    memory = max(GIB, machine.memory_bytes // max(1, machine.cores) // GIB * GIB)
    pools: dict[str, Any] = {"cpu": {"kind": "cpu"}}
    profiles: dict[str, Any] = {
        "cpu": {"pool": "cpu", "label": "CPU", "label_zh": "CPU", "cpu": 1, "memory": f"{memory // GIB}GiB"}
    }
    models = sorted({gpu.model for gpu in machine.gpus})
    share = max(1, len(machine.gpus))
    for model in models:
        name = slug(model)
        pools[name] = {"kind": "gpu", "accelerator": model}
        profiles[name] = {
            "pool": name,
            "label": model,
            "label_zh": model,
            "accelerator": name,
            "cpu": max(1, machine.cores // share),
            "memory": f"{max(1, machine.memory_bytes // share // GIB)}GiB",
        }
    return {"pools": pools, "profiles": profiles}
