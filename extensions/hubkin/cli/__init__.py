"""The ``hubkin`` command: one tree of commands, used by the terminal and by the ``%hubkin`` magic."""
