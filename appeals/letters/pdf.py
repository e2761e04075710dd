"""A letter as PDF: from its record, with the fonts of the machine and nothing from the network."""

import logging
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string


class NoPdf(Exception):
    """The PDF could not be made; the letter stands without it."""


def render(html: str, *, language: str, title: str) -> bytes:
    """Raises NoPdf, whatever the reason."""
    shown = {"html": html, "language": language, "title": title, "on_paper": True}
    page = render_to_string("appeals/letters/page.html", shown)
    try:
        import weasyprint  # loads libraries of the system, which a machine may lack

        logging.getLogger("weasyprint").setLevel(logging.ERROR)
        style = weasyprint.CSS(string=_style())
        document = weasyprint.HTML(string=page, url_fetcher=_nothing())
        content: bytes = document.write_pdf(stylesheets=[style])
    except Exception as error:
        raise NoPdf(str(error)) from error
    return content


def _style() -> str:
    found = finders.find("letters/letter.css")
    assert isinstance(found, str)
    return Path(found).read_text(encoding="utf-8")


def _nothing() -> Any:
    """A fetcher that fetches no address of any kind; what is named is left out."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=(), allow_redirects=False)
