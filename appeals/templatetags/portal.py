"""What every page of the portal shows."""

from django import template

from accounts.models import Customer
from accounts.notices import queries
from appeals.portal import about as refs
from appeals.queries.objecting import Objections
from appeals.remedies.kinds import FORMS

register = template.Library()


@register.simple_tag
def unread(customer: Customer) -> int:
    """How many notices wait for the customer."""
    return queries.unread(customer.pk)


@register.inclusion_tag("my/parts/tab.html", takes_context=True)
def tab(
    context: template.Context, name: str, icon: str, words: str, group: str
) -> dict[str, object]:
    """A tab of the navigation; `group` names the other pages that stand behind it."""
    request = context["request"]
    here = request.resolver_match.url_name if request.resolver_match else ""
    return {
        "name": f"my:{name}",
        "icon": icon,
        "words": words,
        "current": here == name or here in group.split(),
    }


@register.filter
def nth(number: str) -> int:
    """The place of an offer in its appeal: `A-7/2` is the second."""
    return int(number.rpartition("/")[2])


@register.filter
def kind(key: str) -> str:
    """`fee_waiver-0` is a `fee_waiver`."""
    return key.rpartition("-")[0]


@register.filter
def kind_label(key: str) -> str:
    """A remedy in the reader's language, by its key in a form."""
    return str(FORMS[kind(key)].kind.label)


@register.simple_tag
def about(customer: Customer, kind: str, id: int) -> str:
    """What an appeal would be about, as an address carries it."""
    return refs.ref(customer.pk, kind, id)


@register.inclusion_tag("my/parts/object.html")
def objection(
    objections: Objections, customer: Customer, kind: str, id: int, words: str, what: str = ""
) -> dict[str, object]:
    """Objecting to one thing, or the open appeal that is about it already; nothing where no
    other appeal would be taken. `what` names it to those who hear `words` without what is beside
    them."""
    found = objections.about(kind, id)
    about = "" if found or objections.full else refs.ref(customer.pk, kind, id)
    return {"open": found, "about": about, "words": words, "what": what}


@register.filter
def unlocal(number: float) -> str:
    """A length of a drawing, with a point in every language."""
    return f"{number:.1f}"
