"""The language of the person who is signed in."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation

Handler = Callable[[HttpRequest], HttpResponse]


def own_language(get_response: Handler) -> Handler:
    """Speak a signed-in person's own language on every device; their switch of it is kept."""
    switch = reverse("set_language")
    known = dict(settings.LANGUAGES)

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.language in known:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        response = get_response(request)
        if user.is_authenticated and request.method == "POST" and request.path == switch:
            chosen = response.cookies.get(settings.LANGUAGE_COOKIE_NAME)
            if chosen and chosen.value in known and chosen.value != user.language:
                user.language = chosen.value
                user.save(update_fields=["language"])
        return response

    return middleware
