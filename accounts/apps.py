from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Customers and staff")

    def ready(self) -> None:
        from accounts import audit, marks, own_data, roles
        from accounts.notices import decisions, mail
        from accounts.replies import bulk as messages
        from accounts.replies import rendering
        from accounts.signin import hearing
        from accounts.work import approvals, bulk

        approvals.announce()
        bulk.announce()
        rendering.announce()
        messages.announce()
        mail.install()
        marks.announce()
        decisions.install()
        # Connected after django.contrib.auth, so that an app's permissions are there by then.
        post_migrate.connect(roles.sync, dispatch_uid="accounts.roles")
        own_data.announce()
        hearing.listen()
        audit.announce()
