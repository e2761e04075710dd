from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppealsConfig(AppConfig):
    name = "appeals"
    verbose_name = _("Appeals")

    def ready(self) -> None:
        from appeals import acts, notices, own_data, timeline, work
        from appeals.desk import customer, panels, search
        from appeals.offers import act as granting
        from appeals.offers import ending, telling
        from appeals.offers import panel as offers
        from appeals.operations import following

        acts.announce()
        work.announce(following.passed)
        own_data.announce()
        granting.announce()
        telling.announce()
        ending.announce()
        timeline.announce()
        notices.announce()
        customer.announce()
        search.announce()
        panels.register(panels.Panel("offers", offers.TEMPLATE, offers.build))
