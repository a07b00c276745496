"""Cell magics of every kernel; standard library and IPython only."""
