"""What will be, if: "I repay X on day Y" (or nothing, the overdue part, everything, by this plan).

The same engine that opens the nights runs the days to come in shadow tables: there is no second
formula. `steps.py` says what is supposed, `run.py` runs it, `days.py` is what comes of it,
`choices.py` the usual questions, `words.py` the dated steps, `drawing.py` the chart.
"""

from risk.forecast.choices import Choice, usual
from risk.forecast.days import DayState, Forecast, LineState
from risk.forecast.drawing import Drawing, draw
from risk.forecast.run import MOST_DAYS, NoBook, forecast
from risk.forecast.steps import PlanFrom, Repay, Step
from risk.forecast.words import Told, tell

__all__ = [
    "MOST_DAYS",
    "Choice",
    "DayState",
    "Drawing",
    "Forecast",
    "LineState",
    "NoBook",
    "PlanFrom",
    "Repay",
    "Step",
    "Told",
    "draw",
    "forecast",
    "tell",
    "usual",
]
