"""The small program beside each job replica; standard library only, Python 3.8 and later."""
