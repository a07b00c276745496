"""The Jupyter server extension between JupyterLab and the platform."""
