"""Reply templates in the thread: chosen by an address, put into the message before it is sent."""

from accounts.models import ReplyTemplate
from accounts.replies import rendering
from appeals.models import Appeal

MOST = 50


def offered() -> list[tuple[int, str]]:
    """The templates in use, by name."""
    rows = ReplyTemplate.objects.filter(active=True).order_by("name")
    return list(rows.values_list("pk", "name")[:MOST])


def chosen(appeal: Appeal, text: str) -> str:
    """The text of the template that an address names, in the customer's language; or nothing."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return ""
    row = ReplyTemplate.objects.filter(pk=int(text), active=True).first()
    if row is None:
        return ""
    return str(rendering.render(row, appeal.customer, appeal.language))
