"""Links between the desk's pages."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Customer, User


def customer_link(customer: Customer) -> SafeString:
    """Number and name, leading to the customer's page (which asks for its own permission)."""
    return format_html(
        '<a class="dk-link" href="{}"><b>{}</b> {}</a>',
        reverse("admin:accounts_customer_change", args=[customer.pk]),
        customer.number,
        customer.name,
    )


def list_address(user: User, model: str, **filters: object) -> str:
    """The address of a list, filtered, for those who may see it; empty for the others."""
    app, name = model.split(".")
    if not user.has_perm(f"{app}.view_{name}"):
        return ""
    address = reverse(f"admin:{app}_{name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address
