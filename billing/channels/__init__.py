"""Money that comes through payment channels: notices as they happen, settlement files a day later,
and what is done where the two differ.

`intake.py` takes a notice and books its effect in the same transaction; `layout.py` reads a file
by the channel's own layout; `files.py` keeps each file and line once; `reconcile.py` finds the
breaks, set-based; `breaks.py` has one operation a remedy; `sample.py` makes a file to try it with.
"""
