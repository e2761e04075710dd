"""Links between the desk's pages."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Customer


def customer_link(customer: Customer) -> SafeString:
    """Number and name, leading to the customer's page (which asks for its own permission)."""
    return format_html(
        '<a class="dk-link" href="{}"><b>{}</b> {}</a>',
        reverse("admin:accounts_customer_change", args=[customer.pk]),
        customer.number,
        customer.name,
    )
