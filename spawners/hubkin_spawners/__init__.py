"""Spawners that ask the platform before they start a notebook server."""
