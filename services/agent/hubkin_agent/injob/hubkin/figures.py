"""A matplotlib backend without a screen: ``plt.show()`` saves ``figure-N.png`` into the outputs."""

from __future__ import annotations

import os
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg, FigureManagerBase

from hubkin import outputs

FigureCanvas = FigureCanvasAgg
FigureManager = FigureManagerBase


def show(*_: Any, **__: Any) -> None:
    """Save all open figures in the order they were made, and close them."""
    outputs.mkdir(parents=True, exist_ok=True)
    for number in plt.get_fignums():
        name = _free_name()
        plt.figure(number).savefig(str(outputs / name), format="png")
        print("Saved %s" % name)
    plt.close("all")


def _free_name() -> str:
    """Take the next name; replicas may share the folder."""
    number = 1
    while True:
        name = "figure-%d.png" % number
        try:
            os.close(os.open(str(outputs / name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
        except FileExistsError:
            number += 1
        else:
            return name
