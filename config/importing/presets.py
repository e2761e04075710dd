"""The rules of a book that has none yet: a preset's terms and policy, from its first day on."""

import datetime

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from billing.models import ProductTerms
from config.importing.problems import Refused
from risk import rules
from risk.choices import PolicyStatus
from risk.models import PolicyVersion
from risk.policy import DEFAULT, PolicyError, preset


def known(name: str | None) -> str | None:
    """The name, if a preset has it; raises Refused."""
    if name is not None:
        try:
            preset(name)
        except PolicyError as error:
            raise Refused(str(error)) from error
    return name


def first_day() -> datetime.date | None:
    """The first day of the book's rules; None if it has none. Raises Refused if it has half."""
    policies = PolicyVersion.objects.filter(status=PolicyStatus.PUBLISHED).exists()
    terms = ProductTerms.objects.exists()
    if not policies and not terms:
        return None
    if policies and terms:
        book = rules.current()
        if book.policies and book.terms:
            return max(book.policies[0][0], book.terms[0][0])
    raise Refused(_("the book has a policy or terms, but not both: publish what is missing"))


def require_same(name: str | None) -> None:
    """Raise Refused if the book began with other rules than those of the preset."""
    first = PolicyVersion.objects.filter(status=PolicyStatus.PUBLISHED).order_by("effective_from")
    version = first[0]
    if name is not None and name != version.preset:
        raise Refused(
            _("--preset %(name)s: the book has its rules already (%(rules)s)")
            % {"name": name, "rules": version.preset or version.name}
        )


def publish(name: str | None, opened: datetime.date | None) -> datetime.date:
    """Publish the preset from the book's first day on; that day. The book has customers, or gets
    the first of them on `opened`."""
    chosen = preset(name or DEFAULT)
    before = Customer.objects.aggregate(first=Min("opened_on"))["first"]
    first: datetime.date = min(day for day in (opened, before) if day is not None)
    for product, terms in chosen.terms.items():
        ProductTerms.objects.create(
            product=product, effective_from=first, document=terms.document(), preset=chosen.name
        )
    PolicyVersion.objects.create(
        name=chosen.name,
        effective_from=first,
        document=chosen.policy.document(),
        status=PolicyStatus.PUBLISHED,
        preset=chosen.name,
        published_at=timezone.now(),
    )
    return first
