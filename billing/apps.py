from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Bills and repayments")

    def ready(self) -> None:
        from billing import acts, work

        acts.announce()
        work.announce()
