"""After a broken plan a second one needs something new."""

import datetime

from django.apps import apps
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.acts import Refused
from accounts.desk.formats import words_date
from accounts.models import Customer
from billing.choices import PlanStatus
from billing.models import Plan

#: For so long after a plan broke, another one has to rest on new evidence.
MONTHS_DAYS = datetime.timedelta(days=365)


def last_broken(customer: Customer, on: datetime.date) -> datetime.date | None:
    """When the customer's last plan broke, within the 12 months up to `on`; None if none did."""
    last: datetime.date | None = Plan.objects.filter(
        customer=customer, status=PlanStatus.BROKEN, ended_on__gt=on - MONTHS_DAYS
    ).aggregate(last=Max("ended_on"))["last"]
    return last


def require_new_evidence(customer: Customer, on: datetime.date) -> None:
    """Refused if a plan broke within 12 months and no evidence was handed in since."""
    since = last_broken(customer, on)
    if since is not None and not handed_in_since(customer, since):
        raise Refused(
            _("a plan broke on %(day)s: another one needs evidence that was handed in since")
            % {"day": words_date(since)}
        )


def handed_in_since(customer: Customer, day: datetime.date) -> bool:
    """Whether evidence of the customer came in since the beginning of that day."""
    midnight = timezone.make_aware(datetime.datetime.combine(day, datetime.time()))
    evidence = apps.get_model("appeals", "Evidence")
    return bool(
        evidence._default_manager.filter(appeal__customer=customer, at__gte=midnight).exists()
    )
