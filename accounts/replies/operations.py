"""Making and changing reply templates; every version is kept."""

import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import ReplyTemplate, ReplyTemplateVersion, User
from accounts.replies.rendering import unknown

MOST_LETTERS = 4000


class NotKept(Exception):
    """The template cannot be saved; the message says why."""


class Edited(Exception):
    """Somebody changed the template since it was shown: nothing was saved."""

    def __init__(self, template: ReplyTemplate) -> None:
        super().__init__(str(template))
        self.template = template


@transaction.atomic
def make(
    *,
    name: str,
    text_en: str,
    text_zh_hans: str,
    active: bool = True,
    by: User,
    at: datetime.datetime,
) -> ReplyTemplate:
    """A new template. Raises NotKept: a variable that nobody knows, an empty text, a name twice."""
    template = ReplyTemplate(
        name=_name(name), text_en=_text(text_en), text_zh_hans=_text(text_zh_hans), active=active
    )
    _save(template)
    _keep(template, by, at)
    return template


@transaction.atomic
def change(
    template: ReplyTemplate,
    *,
    name: str,
    text_en: str,
    text_zh_hans: str,
    active: bool,
    version: int,
    by: User,
    at: datetime.datetime,
) -> ReplyTemplate:
    """The template as from now on; what it said is kept. Raises Edited or NotKept."""
    template = ReplyTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    if template.version != version:
        raise Edited(template)
    template.name, template.active = _name(name), active
    template.text_en, template.text_zh_hans = _text(text_en), _text(text_zh_hans)
    template.version += 1
    _save(template)
    _keep(template, by, at)
    return template


def _save(template: ReplyTemplate) -> None:
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise NotKept(_("There is a template of this name already.")) from error


def _name(text: str) -> str:
    name = " ".join(text.split())[:80]
    if not name:
        raise NotKept(_("Give the template a name."))
    return name


def _text(text: str) -> str:
    text = text.strip().replace("\r\n", "\n").replace("\x00", "")
    if not text:
        raise NotKept(_("Write the text in both languages."))
    if len(text) > MOST_LETTERS:
        raise NotKept(_("A text has at most %(n)s letters.") % {"n": MOST_LETTERS})
    wrong = ", ".join(dict.fromkeys(unknown(text)))
    if wrong:
        raise NotKept(_("No variable: %(names)s. The list beside the form has them all.")
                      % {"names": wrong})  # fmt: skip
    return text


def _keep(template: ReplyTemplate, by: User, at: datetime.datetime) -> None:
    ReplyTemplateVersion.objects.create(
        template=template, number=template.version, name=template.name, text_en=template.text_en,
        text_zh_hans=template.text_zh_hans, active=template.active, at=at, by=by,
    )  # fmt: skip
