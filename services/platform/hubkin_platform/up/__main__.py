"""``python -m hubkin_platform.up VERB …``: the same commands where no `hubkin` is on the path."""

from hubkin.cli.main import main

if __name__ == "__main__":
    main()
