"""The Celery application. Its schedule is in the settings."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, before_task_publish, setup_logging, worker_init, worker_ready
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class App(Celery):
    """Starts the embedded broker, where that is the one, before it connects."""

    def _connection(self, *args: Any, **kwargs: Any) -> Any:
        if settings.EMBEDDED_BROKER:
            from config.embedded.running import valkey

            valkey().ensure()
        return super()._connection(*args, **kwargs)  # type: ignore[misc]


app = App("fairline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["config"], related_name="night.tasks")
app.autodiscover_tasks(["billing"], related_name="channels.tasks")
app.autodiscover_tasks(["billing"], related_name="debits.tasks")
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Django has configured logging already; with a receiver here, Celery leaves it alone."""


@worker_init.connect
def use_database(**kwargs: Any) -> None:
    """The worker's children come and go; it is the worker that leaves last, and in order."""
    if settings.EMBEDDED_DATABASE:
        from config.embedded.running import postgres

        postgres().ensure()


@beat_init.connect
@before_task_publish.connect(sender="config.tasks.heartbeat")
def beat_is_alive(**kwargs: Any) -> None:
    """Beat has started, or sends the heartbeat, as it alone does."""
    from config.tasks import mark_alive

    mark_alive("beat")


@worker_ready.connect
def worker_is_alive(**kwargs: Any) -> None:
    from config.tasks import mark_alive

    mark_alive("worker")
