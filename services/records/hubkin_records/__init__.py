"""Readers of the journal: sealed audit, notices, backend events."""
