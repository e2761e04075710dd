"""The web application, for granian or any other WSGI server."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("PROCESS_ROLE", "web")

application = get_wsgi_application()

# All pages are loaded now instead of by the first request, and what is loaded stays: a full
# collection that walked through it again would hold every request up for a tenth of a second.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
