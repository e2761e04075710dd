"""The engine: what the facts mean under the policy of the day.

`day.py` is the day as a list of steps, `steps.py` the steps (one SQL file each), `replay.py` how
a late fact corrects the days since then.
"""
