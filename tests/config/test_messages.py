import gettext

import pytest
from babel.messages.pofile import read_po, write_po

from config import messages

TEMPLATE = """<a href="x('y')">{% translate "Hello" %}</a>
{% blocktranslate trimmed count n=rows %}
  One {{ n }}
  row
{% plural %}
  {{ n }} rows (all)
{% endblocktranslate %}
{% if kind == _("Bill") %}{% translate "May" context "month" %}{% endif %}
{% comment %}{% translate "never" %}{% endcomment %}
"""
MODULE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext

title = _("Customer's "
          "page")
text = ngettext("%(n)d day", "%(n)d days", 3)
verb = pgettext("verb", "Lift")
nothing = _(title)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "admin.py").write_text(MODULE)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    return tmp_path


@pytest.fixture
def po(project):
    return project / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def test_every_message_is_found_with_its_place(project):
    assert messages.said(project) == {
        (None, "Customer's page", None): "accounts/admin.py:4",
        (None, "%(n)d day", "%(n)d days"): "accounts/admin.py:6",
        ("verb", "Lift", None): "accounts/admin.py:7",
        (None, "Hello", None): "templates/page.html:1",
        (None, "One %(n)s row", "%(n)s rows (all)"): "templates/page.html:2",
        (None, "Bill", None): "templates/page.html:8",
        ("month", "May", None): "templates/page.html:8",
    }


def test_without_a_catalogue_everything_is_missing(project, po):
    said = messages.said(project)
    assert messages.untranslated(said, messages.read(po)) == said


def translate_all(po):
    with po.open("rb") as file:
        catalog = read_po(file, locale="zh_Hans")
    for message in catalog:
        if message.id:
            message.string = ("译",) if isinstance(message.id, tuple) else "译"
    return catalog


def save(catalog, po):
    with po.open("wb") as file:
        write_po(file, catalog)


def test_what_is_added_and_translated_is_complete(project, po):
    said = messages.said(project)
    assert messages.add(said, po) == 7
    assert messages.add(said, po) == 0
    save(translate_all(po), po)
    assert messages.untranslated(said, messages.read(po)) == {}


def test_a_guess_does_not_count(project, po):
    said = messages.said(project)
    messages.add(said, po)
    catalog = translate_all(po)
    catalog.get("Hello").flags.add("fuzzy")
    save(catalog, po)
    assert list(messages.untranslated(said, messages.read(po))) == [(None, "Hello", None)]


def test_catalogues_are_compiled_when_they_changed(project, po):
    messages.add(messages.said(project), po)
    save(translate_all(po), po)
    locale = project / "locale"
    assert messages.compile_all(locale) == [po.with_suffix(".mo")]
    assert messages.compile_all(locale) == []
    found = gettext.translation("django", locale, ["zh_Hans"])
    assert found.gettext("Hello") == "译"
    assert found.pgettext("verb", "Lift") == "译"
    assert found.ngettext("%(n)d day", "%(n)d days", 3) == "译"
