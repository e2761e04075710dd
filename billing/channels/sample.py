"""A settlement file of the sandbox channel for a day, as the book has it, with breaks if wanted."""

import datetime
import io
from decimal import Decimal

from billing.models import Channel, ChannelPayment

HEADER = "trade_no,type,amount,paid_on,account"


def settlement(channel: Channel, day: datetime.date, *, breaks: bool = False) -> str:
    """The text of the file. With `breaks`: a payment left out, one with another amount, one twice,
    one that only the channel has, and one for nobody."""
    rows = [
        [row.payment_id, "PAY", f"{row.amount:.2f}", str(row.value_on), row.account]
        for row in ChannelPayment.objects.filter(channel=channel, value_on=day).order_by("pk")
        if row.amount is not None
    ]
    if breaks and len(rows) >= 3:
        account = rows[0][4]
        rows[1][2] = f"{Decimal(rows[1][2]) + Decimal('0.90'):.2f}"
        rows.append(rows[2])
        del rows[0]
        rows.append([f"LATE{day:%Y%m%d}", "PAY", "88.00", str(day), account])
        rows.append([f"LOST{day:%Y%m%d}", "PAY", "45.50", str(day), "C99999/pay_later"])
    text = io.StringIO()
    text.write(f"# {channel.name} {day.isoformat()}\n{HEADER}\n")
    for cells in rows:
        text.write(",".join(cells) + "\n")
    return text.getvalue()
