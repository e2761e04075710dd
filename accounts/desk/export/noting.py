"""What the record of an export says of its filters."""

import re

from django.http import HttpRequest, QueryDict

from accounts import crypto
from accounts.desk.paging import NEWER, OLDER

MOST_NOTED = 2000
_SEARCH = "q"
_DIGITS = re.compile(r"(?<![\w.-])\+?[0-9](?:[ -]?[0-9])*[Xx]?(?!\w)")
# Short numbers are searched for in `q` alone; elsewhere they are dates and ids.
_SECRET_FROM = {_SEARCH: 7}
_SECRET_ELSEWHERE = 11


def noted(query: QueryDict) -> str:
    """The filters as the record keeps them: a phone or ID number that was searched for, masked."""
    pairs = [(key, value) for key, values in query.lists() for value in values]
    text = "&".join(f"{key}={_hidden(key, value)}" for key, value in pairs)
    return text.replace("\x00", "")[:MOST_NOTED]


def asked_of(request: HttpRequest) -> QueryDict:
    """What the address of a list says, but for the page that is looked at."""
    query = request.GET.copy()
    for key in (OLDER, NEWER, "before"):
        query.pop(key, None)
    return query


def _hidden(key: str, value: str) -> str:
    least = _SECRET_FROM.get(key, _SECRET_ELSEWHERE)

    def cut(match: re.Match[str]) -> str:
        digits = re.sub(r"[ +-]", "", match.group(0))
        if len(digits) < least:
            return match.group(0)
        return crypto.mask(digits, len(digits) // 4, 2)

    return _DIGITS.sub(cut, value)
