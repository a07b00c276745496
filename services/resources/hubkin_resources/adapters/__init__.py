"""The world outside: this machine."""
