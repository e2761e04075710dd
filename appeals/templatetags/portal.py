"""What every page of the portal shows."""

from django import template

from accounts.models import Customer
from accounts.notices import queries

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
def unlocal(number: float) -> str:
    """A length of a drawing, with a point in every language."""
    return f"{number:.1f}"
