# Makes %%train, %jobs and %hubkin known to every kernel of this environment; nothing else is imported here.
# Where the kernel has an environment of its own, HUBKIN_CLIENT_PATH says where the client lies; it is looked
# for last, so that it never hides a package of the kernel's.


def _hubkin_startup() -> None:
    try:
        import hubkin_magics
    except ImportError:
        import os
        import sys
        from pathlib import Path

        path = os.environ.get("HUBKIN_CLIENT_PATH")
        if not path or not Path(path, "hubkin_magics").is_dir():
            return
        sys.path.append(path)
        import hubkin_magics
    hubkin_magics.load_ipython_extension(get_ipython())  # noqa: F821 - IPython's, in the namespace of this file


_hubkin_startup()
del _hubkin_startup
