"""The night: every business day that is due opens, in order, for the whole book.

`days.py` is one day as a grid of steps and slices; `run.py` the loop over the days, as a command
runs it; `tasks.py` the same as Celery tasks; `quarantine.py` what happens to a customer whose day
cannot be opened; `report.py` what a closed day says of itself.
"""

from config.night.quarantine import retry_quarantined
from config.night.run import open_due_days

__all__ = ["open_due_days", "retry_quarantined"]
