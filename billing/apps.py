from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Bills and repayments")

    def ready(self) -> None:
        from billing import acts, balances, forbearance, own_data, work
        from billing.debits import acts as debit_acts
        from billing.debits import notices as debit_notices

        acts.announce()
        balances.announce()
        forbearance.announce()
        own_data.announce()
        debit_acts.announce()
        debit_notices.announce()
        work.announce()
