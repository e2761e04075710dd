"""Calendar months between dates."""

import datetime


def months_to(last: datetime.date, today: datetime.date) -> int:
    """How many months to shift a book whose last date is `last` so that it ends in the month of
    `today`."""
    return (today.year - last.year) * 12 + today.month - last.month
