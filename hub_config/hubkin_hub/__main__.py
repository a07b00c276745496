"""``python -m hubkin_hub -f CONFIG``: JupyterHub, a second sooner.

``rfc3987_syntax`` builds a grammar when it is imported, which takes about one second; jsonschema uses it
for one format (``iri``) that nothing here validates, and does without when it is missing.
"""

import sys


def main() -> None:
    """Run JupyterHub."""
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    from jupyterhub.app import main as hub

    hub()


if __name__ == "__main__":
    main()
