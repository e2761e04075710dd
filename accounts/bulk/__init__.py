"""Acts on many: chosen, previewed, confirmed, done one by one, each once.

`recipes.py` is what can be done (every Act with `bulk = True`, and what rooms register),
`operations.py` makes and confirms a run, `running.py` works through it.
"""
