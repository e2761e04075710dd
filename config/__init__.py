"""Settings, addresses, and the machinery that runs the product."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
