"""Cell magics: ``%%train`` turns a cell into a job; ``%jobs`` and ``%hubkin`` look after it.

Importing this package costs nothing; IPython loads it by ``load_ipython_extension``.
"""
