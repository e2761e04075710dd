"""A letter as PDF: from its record, with the fonts of the machine and nothing from the network."""

from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string


class NoPdf(Exception):
    """The PDF could not be made; the letter stands without it."""


def render(html: str, *, language: str, title: str) -> bytes:
    """Raises NoPdf, whatever the reason."""
    page = render_to_string(
        "appeals/letters/page.html", {"html": html, "language": language, "title": title}
    )
    try:
        import weasyprint  # loads libraries of the system, which a machine may lack

        style = weasyprint.CSS(string=_style())
        document = weasyprint.HTML(string=page, url_fetcher=_nothing)
        content: bytes = document.write_pdf(stylesheets=[style])
    except Exception as error:
        raise NoPdf(str(error)) from error
    return content


def _style() -> str:
    found = finders.find("letters/letter.css")
    assert isinstance(found, str)
    return Path(found).read_text(encoding="utf-8")


def _nothing(url: str, *args: Any, **kwargs: Any) -> Any:
    raise ValueError(f"a letter loads nothing: {url}")
