"""The site's settings. What a city changes is a variable below, with a working default and a row in the README."""

import datetime as dt
import os
import tomllib
from pathlib import Path

import dj_database_url
from django.utils.translation import gettext_lazy as _

from maps import cluster, wheels

ROOT = Path(__file__).resolve().parent.parent
LOCAL = cluster.LOCAL
globals().update(wheels.libraries())

# --- what a city sets -------------------------------------------------------------------------------------------
CITY_SRID = int(os.environ.get("CITY_SRID", "4547"))
LANGUAGE_CODE = os.environ.get("CITY_LANGUAGE", "zh-hans")
TIME_ZONE = os.environ.get("CITY_TIME_ZONE", "Asia/Shanghai")
DATABASE_URL = os.environ.get("DATABASE_URL") or cluster.url()
ALLOWED_HOSTS = os.environ.get("CITY_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("CITY_ORIGINS", "").split(",") if o]
DEBUG = os.environ.get("CITY_DEBUG", "0") == "1"
# Case numbers: `day` is a date, `serial` counts within it.
CASE_NUMBER = os.environ.get("CITY_CASE_NUMBER", "{day:%Y%m%d}{serial:05d}")
REPORTS = Path(os.environ.get("CITY_REPORTS", LOCAL / "reports"))
# How messages leave, by their kind: `console`, `receiver`, or the address of a gateway; see cases/outbox.py.
OUTBOX = {"hook": "receiver"} | dict(pair.split("=", 1) for pair in os.environ.get("CITY_OUTBOX", "").split())
# Private networks that messages may go to, and in the clear; see cases/webhook.py.
HOOK_NETWORKS = [n for n in os.environ.get("CITY_HOOK_NETWORKS", "").split(",") if n]
# Roles that also need six digits of an app at the login.
SECOND_FACTOR_ROLES = [r for r in os.environ.get("CITY_SECOND_FACTOR", "").split(",") if r]
# Photos of cases: clean JPEGs under their SHA-256, served only by a page that asks who looks.
PHOTOS = Path(os.environ.get("CITY_PHOTOS", LOCAL / "photos"))

# Wrong passwords until the login waits: of a name from one address, of all names from that address; minutes of waiting.
_tries = os.environ.get("CITY_LOGIN_TRIES", "5 50 15").split()
AXES_FAILURE_LIMIT, LOGIN_TRIES_OF_AN_ADDRESS, _minutes = map(int, _tries)
AXES_COOLOFF_TIME = dt.timedelta(minutes=_minutes)


def _secret_key() -> str:
    """The key of this installation: given, or made once and kept beside the private cluster."""
    given = os.environ.get("CITY_SECRET_KEY")
    if given:
        return given
    kept = LOCAL / "secret_key"
    if not kept.exists():
        from django.core.management.utils import get_random_secret_key

        LOCAL.mkdir(parents=True, exist_ok=True)
        fresh = LOCAL / f"secret_key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(get_random_secret_key())
        fresh.rename(kept)
    return kept.read_text()


SECRET_KEY = _secret_key()

# --- the site ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.gis",
    "leaflet",
    "procrastinate.contrib.django",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "cells",
    "cases",
    "maps",
]
MIDDLEWARE = [
    # First of all: it counts what the others refuse, too, and answers its own doors without them.
    "maps.watching.request_log.Watched",
    "django.middleware.security.SecurityMiddleware",
    "maps.security.OnlyOwnFiles",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "maps.row_security.OnlyOwnRows",
    "maps.pages.account.ChoosePasswordFirst",
    "maps.pages.second_factor.SecondFactorFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "maps.replica.FromReplica",
    "maps.geos_threads.NoneLeft",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "maps.site_pages.site_pages",
            ]
        },
    }
]
ROOT_URLCONF = "maps.urls"
ASGI_APPLICATION = "maps.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_database = dj_database_url.parse(DATABASE_URL)
_database["ENGINE"] = "django.contrib.gis.db.backends.postgis"
# Pages run in a thread each under ASGI: a pool keeps them from opening a connection a request.
# A page waits so long for the database before it says that it is away; a cable that is cut counts as away, too.
DATABASE_WAIT_S = 5
_database["OPTIONS"] = {
    "connect_timeout": DATABASE_WAIT_S, "tcp_user_timeout": 3 * DATABASE_WAIT_S * 1000, **_database.get("OPTIONS", {})
}  # fmt: skip
_pool_size = int(os.environ.get("CITY_POOL", "0"))
if _pool_size:
    # Reconnecting is given up soon: whoever asks begins it anew, and waits for no pause that has grown long. What comes
    # from the pool is looked at first: it may be from before the database was away.
    _pool = {"min_size": 1, "max_size": _pool_size, "timeout": DATABASE_WAIT_S, "reconnect_timeout": 3}
    _database["OPTIONS"]["pool"] = _pool
    _database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": _database}
# A standby of it, which pages that only look are read from; see maps/replica.py.
_replica_url = os.environ.get("REPLICA_URL", "")
if _replica_url:
    _replica = dj_database_url.parse(_replica_url)
    _options = {**_database["OPTIONS"], "host": None, **_replica.get("OPTIONS", {})}
    _where = {name: _replica[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    DATABASES["replica"] = _database | _where | {
        "OPTIONS": {name: value for name, value in _options.items() if value is not None},
        "TEST": {"MIRROR": "default"},
    }  # fmt: skip

# Jobs: the queue lies in the same database, what is in it stands in cases/timetable.py.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_ON_APP_READY = "cases.timetable.register"
PROCRASTINATE_WORKER_DEFAULTS = {"concurrency": 4, "delete_jobs": "successful"}

# The log: lines for a reader, or a JSON object each with every request and every act. See maps/watching/lines.py.
LOG_FORM = os.environ.get("WANMI_LOG", "plain")
# Statements of a request that take so many milliseconds are noted; 0: none are.
SLOW_MS = float(os.environ.get("WANMI_SLOW_MS", "500"))
# What opens /metrics from elsewhere than this machine; and the folder in which several processes count together, named
# by the library's own variable, as it reads it before anybody else does.
METRICS_TOKEN = os.environ.get("WANMI_METRICS_TOKEN", "")
METRICS_FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
_each = {"handlers": ["console"], "level": "INFO" if LOG_FORM == "json" else "WARNING", "propagate": False}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"of_request": {"()": "maps.watching.lines.OfRequest"}},
    "formatters": {
        "plain": {"()": "maps.watching.lines.Plain"},
        "json": {"()": "maps.watching.lines.Json"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if LOG_FORM == "json" else "plain",
            "filters": ["of_request"],
        }
    },
    "loggers": {
        "cases": {"handlers": ["console"], "level": "INFO"},
        # One line an act and a request: for machines that collect them.
        "cases.acts": _each,
        "maps.requests": _each,
        "maps.slow": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # With its way through the code, whatever DEBUG says.
        "django.request": {"handlers": ["console"], "level": "ERROR"},
        "psycopg.pool": {"level": "ERROR"},
    },
}

USE_I18N = True
USE_TZ = True
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "maps" / "locale"]

# The release stands in the path: MapLibre's .mjs files build addresses at run time, which hashed names would break.
RELEASE = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
STATIC_URL = f"/static/{RELEASE}/"
STATIC_ROOT = LOCAL / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MIMETYPES = {".mjs": "text/javascript", ".pbf": "application/x-protobuf"}

LOGIN_URL = "login"
AUTHENTICATION_BACKENDS = ["maps.pages.tries.Door", "maps.pages.account.People"]
# Who tries passwords waits (django-axes); see maps/pages/tries.py.
AXES_HANDLER = "maps.pages.tries.Tries"
AXES_CLIENT_IP_CALLABLE = "maps.pages.tries.address_of"
AXES_LOCKOUT_CALLABLE = "maps.pages.tries.waits"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
OTP_TOTP_ISSUER, OTP_ADMIN_HIDE_SENSITIVE_DATA = "Wanmi", True
LOGIN_REDIRECT_URL = "/"
# A city's own address: where every origin is HTTPS (at a proxy before us), so is everything we hand out.
_https = bool(CSRF_TRUSTED_ORIGINS) and all(o.startswith("https://") for o in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if _https else 0
# Other names below a city's are not ours to bind to HTTPS, nor to hand to the browsers' list for good.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "maps.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
FIXTURE_DIRS = [ROOT / "fixtures"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LEAFLET_CONFIG = {"RESET_VIEW": False, "SCALE": "metric", "ATTRIBUTION_PREFIX": "", "TILES": []}
