"""On one's own machine: whoever opens the shop is its person, without a password."""

from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse

_NAME = "shop"


class LocalStaff:
    """Only where LOCAL_STAFF=1 puts it into the settings."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/admin/"):
            users = get_user_model().objects
            everything = {"is_staff": True, "is_superuser": True, "password": "!"}
            request.user = users.get_or_create(username=_NAME, defaults=everything)[0]
        return self._get_response(request)
