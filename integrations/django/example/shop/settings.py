"""A small shop with the original's tables; what concerns Vistka stands at the end."""

import os
from urllib.parse import unquote, urlsplit

SECRET_KEY = os.environ.get("SECRET_KEY", "an example that keeps nothing secret")
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
USE_TZ = True
TIME_ZONE = "Europe/Kyiv"
LANGUAGE_CODE = "uk"
ROOT_URLCONF = "shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "accounts",
    "orders",
    "vistka_django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
if os.environ.get("LOCAL_STAFF") == "1":
    MIDDLEWARE.append("shop.local_staff.LocalStaff")
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
STATIC_URL = "static/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """sqlite:////path/to/file or mysql://user:password@host:port/name."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": unquote(parts.path[1:]), "ATOMIC_REQUESTS": True}
    import pymysql

    pymysql.install_as_MySQLdb()
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": parts.path[1:],
        "HOST": parts.hostname,
        "PORT": parts.port or 3306,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "OPTIONS": {"charset": "utf8mb4"},
        "ATOMIC_REQUESTS": True,
    }


DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "sqlite:///shop.sqlite3"))}

#: Off unless asked for: an order's own status follows its parcels.
RULES = {
    "CANCELLED_STATUSES": ["cancelled"],
    "PAY_TYPE": "pay_type",
    "PAYMENT_STATUS": "payment_status",
    "RECEIVED": {
        "FROM": ["prep", "ship"],
        "STATUS": "done",
        "PAYMENT_FROM": ["unpaid", "partial"],
        "PAYMENT": {"partial": "paid"},
    },
    "REFUSED": {"FROM": ["prep", "ship"], "STATUS": "cancelled"},
}

VISTKA = {
    # Two keys may be valid at once, while one takes the other's place.
    "KEYS": {"main": os.environ.get("VISTKA_SECRET", ""), "next": os.environ.get("VISTKA_NEXT_SECRET", "")},
    # The rest is as the guide has it, and could be left out.
    "ORDER": "orders.Order",
    "OPEN_STATUSES": ["new", "prep", "ship"],
    "PROFILE": "accounts.UserProfile",
    "CHAT": "telegram_id",
    "RULES": RULES if os.environ.get("VISTKA_RULES") else {},
    # Vistka's pages: the stack's output WebUrl, a key of ApiKeysParameter to ask it with, and the key that signs links.
    "WEB_KEY": os.environ.get("VISTKA_WEB_KEY", ""),
    "WEB_URL": os.environ.get("VISTKA_WEB_URL", ""),
    "LINK_KEY": os.environ.get("VISTKA_LINK_KEY", ""),
}
