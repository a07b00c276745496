"""Configuration of the hub: configure(c), roles, templates, login."""
