"""What one can ask of the books.  Writers take the caller's transaction first.

Everything that is entered twice, by a retry or by two processes at once, is entered once: unique keys decide.
"""
