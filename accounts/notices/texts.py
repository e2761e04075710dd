"""The language of notice texts: variables, `if` and `for`, nothing else of Django's templates.

A text is plain: it is escaped wherever it is shown, and by whatever makes an HTML letter of it.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.template import Context, Engine, TemplateSyntaxError
from django.template.base import Lexer, TokenType
from django.utils.translation import gettext as _

from accounts.notices.kinds import ALWAYS, Text

LONGEST_SUBJECT, LONGEST_BODY = 120, 4000
_TAGS = {"if", "elif", "else", "endif", "for", "empty", "endfor"}
_WORDS = {"and", "or", "not", "in", "is", "==", "!=", "<", ">", "<=", ">="}
_FILTERS = {"default", "join", "length", "first", "last"}


class TextRefused(Exception):
    """A text does not hold; the message says what and where."""


def check(text: Text, variables: Mapping[str, Any]) -> None:
    """Raise TextRefused unless the text is short enough and names only what its kind knows."""
    for part, longest in ((text.subject, LONGEST_SUBJECT), (text.body, LONGEST_BODY)):
        if not part.strip():
            raise TextRefused(_("subject and text must not be empty"))
        if len(part) > longest:
            raise TextRefused(_("longer than %(n)s characters") % {"n": longest})
        _check_names(part, {*ALWAYS, *variables})
        try:
            _ENGINE.from_string(part)
        except TemplateSyntaxError as error:
            raise TextRefused(str(error)) from error
    if "\n" in text.subject:
        raise TextRefused(_("the subject is one line"))


def render(text: Text, facts: Mapping[str, Any]) -> Text:
    """The text with its facts, as plain text. Raises TextRefused where it comes out too long."""
    context = Context({**ALWAYS, **facts}, autoescape=False, use_l10n=False)
    subject = " ".join(_ENGINE.from_string(text.subject).render(context).split())
    body = _tidy(_ENGINE.from_string(_ALONE.sub(r"\1", text.body)).render(context))
    if not subject or not body:
        raise TextRefused(_("subject and text must not be empty"))
    if len(subject) > 200 or len(body) > 4 * LONGEST_BODY:
        raise TextRefused(_("with its facts the text is too long"))
    return Text(subject, body)


#: A line that holds a tag alone is no line of the text.
_ALONE = re.compile(r"^[ \t]*(\{%[^%]*%\})[ \t]*(?:\n|\Z)", re.MULTILINE)


def _tidy(text: str) -> str:
    """Without blanks at line ends, and with one empty line at most between paragraphs."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines)


def _check_names(part: str, known: set[str]) -> None:
    inner: set[str] = set()
    for token in Lexer(part).tokenize():
        if token.token_type == TokenType.COMMENT:
            raise TextRefused(_("comments are not part of a text"))
        if token.token_type == TokenType.VAR:
            _check_expression(token.contents, known | inner)
        if token.token_type == TokenType.BLOCK:
            words = token.split_contents()
            if words[0] not in _TAGS:
                raise TextRefused(_("%(tag)s is no part of a text") % {"tag": words[0]})
            if words[0] == "for":
                if len(words) != 4 or words[2] != "in":
                    raise TextRefused(_("a loop is written: for x in list"))
                _check_expression(words[3], known | inner)
                inner.add(words[1])
            else:
                for word in words[1:]:
                    if word not in _WORDS:
                        _check_expression(word, known | inner)


def _check_expression(expression: str, known: set[str]) -> None:
    name, *filters = expression.split("|")
    root = name.strip().split(".")[0]
    literal = root[:1] in "\"'" or root.isdigit()
    if not literal and root not in known:
        raise TextRefused(
            _("%(name)s is unknown here. Known: %(known)s")
            % {"name": root, "known": ", ".join(sorted(known))}
        )
    for found in filters:
        if found.split(":")[0].strip() not in _FILTERS:
            raise TextRefused(_("%(name)s is no part of a text") % {"name": found})


# No loaders: nothing can be included; what is missing is refused by `check` before.
_ENGINE = Engine(loaders=[], autoescape=False, libraries={}, string_if_invalid="")
