"""`path("vistka/", include("vistka_django.urls"))` in the shop's own urls.py."""

from __future__ import annotations

from django.urls import re_path

from vistka_django.views import answer

app_name = "vistka"
urlpatterns = [re_path(r"^(?P<operation>[a-z]+)/?$", answer, name="operation")]
