"""Notebook servers: definition, gate, deadline, idle policy, metering."""
