from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Bills and repayments")

    def ready(self) -> None:
        from billing import acts, balances, forbearance, own_data, work

        acts.announce()
        balances.announce()
        forbearance.announce()
        own_data.announce()
        work.announce()
