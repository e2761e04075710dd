"""One file of settings, driven by the environment.

DJANGO_ENV is the one switch. `development` (the default) fills in what is missing: embedded
PostgreSQL and Valkey, and secrets made once and kept in var/secrets.json. `production` fills in
nothing that matters: DATABASE_URL, REDIS_URL, SECRET_KEY, FIELD_KEYS, INDEX_KEY and ALLOWED_HOSTS
have to be there and be strong, or the process refuses to start and names the variable.
"""

import mimetypes
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import env, logs
from config.embedded.running import postgres, valkey
from config.places import BASE, VAR

PRODUCT = "Fairline"
PRODUCTION = env.choice("DJANGO_ENV", "development", ("development", "production")) == "production"
DEBUG = env.flag("DEBUG", False)
if PRODUCTION and DEBUG:
    raise env.Misconfigured("DEBUG shows secrets to visitors: it cannot be on in production")

# --- Secrets -------------------------------------------------------------------------------------
_made = {} if PRODUCTION else env.development_secrets(VAR / "secrets.json")
SECRET_KEY = env.secret("SECRET_KEY", _made.get("SECRET_KEY"))
# Old keys stay in the list after a rotation, so that what they signed or encrypted is still read.
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS")
FIELD_KEYS = env.field_keys("FIELD_KEYS", _made.get("FIELD_KEYS"))
INDEX_KEY = env.secret("INDEX_KEY", _made.get("INDEX_KEY"))

# --- Hosts and transport -------------------------------------------------------------------------
_local = None if PRODUCTION else "localhost,127.0.0.1,[::1]"
env.text("ALLOWED_HOSTS", _local)
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", (_local or "").split(","))
if PRODUCTION and "*" in ALLOWED_HOSTS:
    raise env.Misconfigured("ALLOWED_HOSTS takes names of hosts, not *")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")
SECURE_SSL = env.flag("SECURE_SSL", PRODUCTION)
if PRODUCTION and not SECURE_SSL:
    raise env.Misconfigured("SECURE_SSL cannot be off in production: cookies would travel bare")
SECURE_SSL_REDIRECT = SECURE_SSL
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.integer("HSTS_SECONDS", 31_536_000 if SECURE_SSL else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SSL
SECURE_HSTS_PRELOAD = SECURE_SSL
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUST_PROXY = env.flag("TRUST_PROXY", False)
if TRUST_PROXY:
    # Only behind a proxy that sets this header itself and drops the one it was sent.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

_prefix = "__Host-" if SECURE_SSL else ""
SESSION_COOKIE_NAME = f"{_prefix}session"
SESSION_COOKIE_SECURE = SECURE_SSL
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.integer("SESSION_SECONDS", 8 * 3600, minimum=60)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# How a customer's one-time code and payments travel. Development has sandboxes for both; in
# production there is none until one is named (accounts/access/channels.py, billing/payments.py).
SIGN_IN_CODE_CHANNEL = env.text(
    "SIGN_IN_CODE_CHANNEL", "" if PRODUCTION else "accounts.access.channels.sandbox"
)
PAYMENT_CHANNEL = env.text("PAYMENT_CHANNEL", "" if PRODUCTION else "billing.payments.Sandbox")
# Who debits accounts for which channel, CODE=PATH,… (billing/debits/channel.py).
DEBIT_ADAPTERS = dict(
    pair.split("=", 1)
    for pair in env.text(
        "DEBIT_ADAPTERS", "" if PRODUCTION else "sandbox=billing.debits.sandbox.Sandbox"
    ).split(",")
    if "=" in pair
)
MAIL_FOLDER = VAR / "mail"
CSRF_COOKIE_NAME = f"{_prefix}csrf"
CSRF_COOKIE_SECURE = SECURE_SSL
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE_SSL
LANGUAGE_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 5

_csp: dict[str, Any] = {
    "default-src": [SELF],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "object-src": [NONE],
    "base-uri": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}
CONTENT_SECURITY_POLICY = {"DIRECTIVES": _csp}

# --- Parts ---------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "config",
    "accounts",
    "billing",
    "risk",
    "appeals",
]
if not PRODUCTION and find_spec("django_migration_linter"):
    INSTALLED_APPS.append("django_migration_linter")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.admin_content_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.own_language",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.signin.middleware.second_factor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.never_stored",
    "django_structlog.middlewares.RequestMiddleware",
    "pghistory.middleware.HistoryMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ]
        },
    }
]

# --- People --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
# Whether staff reach the desk only with a second factor used in the session.
STAFF_MFA = env.choice("STAFF_MFA", "required" if PRODUCTION else "off", ("required", "off"))
if PRODUCTION and STAFF_MFA != "required":
    raise env.Misconfigured("STAFF_MFA cannot be off in production: a password alone is stolen")
ACCOUNT_ADAPTER = "accounts.signin.adapters.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "accounts.signin.forms.SignInForm",
    "reauthenticate": "accounts.signin.forms.PasswordAgainForm",
    "change_password": "accounts.signin.forms.ChangePasswordForm",
}
# Attempts are counted in the database, where an administrator sees them (accounts/signin/guard.py).
ACCOUNT_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
MFA_ADAPTER = "accounts.signin.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.signin.forms.CodeForm",
    "reauthenticate": "accounts.signin.forms.CodeAgainForm",
    "activate_totp": "accounts.signin.forms.SetUpForm",
}
MFA_TOTP_ISSUER = PRODUCT
# A phone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
# There is no sign-up in which somebody could claim the address of another.
MFA_ALLOW_UNVERIFIED_EMAIL = True
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_validation = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_validation}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_validation}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_validation}.CommonPasswordValidator"},
    {"NAME": f"{_validation}.NumericPasswordValidator"},
]

# --- Language and time ---------------------------------------------------------------------------
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "en", ("en", "zh-hans"))
LOCALE_PATHS = [BASE / "locale"]
USE_I18N = True
USE_TZ = True
# The zone of the business date: what "today" and "the 1st" mean for the whole book.
BOOK_TIME_ZONE = env.time_zone("BOOK_TIME_ZONE", "Asia/Shanghai")
TIME_ZONE = BOOK_TIME_ZONE

# --- What leaves the house -----------------------------------------------------------------------
# The name that customers know the lender by: notices are signed with it.
LENDER = env.text("LENDER", PRODUCT)
MAIL_FROM = env.text("MAIL_FROM", f"{LENDER} <notices@localhost>")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
# A development machine writes its letters to a folder; production sends where a server is named.
MAIL_SANDBOX = VAR / "mail"
EMAIL_HOST = env.text("EMAIL_HOST", "")
MAIL_ON = bool(EMAIL_HOST) or not PRODUCTION
if EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
elif PRODUCTION:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
else:
    EMAIL_BACKEND = "accounts.notices.sandbox.EmailBackend"
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
_mail_security = env.choice("EMAIL_SECURITY", "starttls", ("starttls", "tls", "none"))
EMAIL_USE_TLS = _mail_security == "starttls"
EMAIL_USE_SSL = _mail_security == "tls"
EMAIL_PORT = env.integer("EMAIL_PORT", 465 if EMAIL_USE_SSL else 587, minimum=1, maximum=65535)
EMAIL_TIMEOUT = 20
# A notice about a day longer ago is not queued: a catch-up or an import tells nobody of the past.
NOTICE_WINDOW_DAYS = env.integer("NOTICE_WINDOW_DAYS", 3, minimum=1, maximum=30)
# Webhooks go to public addresses, by TLS; a test partner inside the house needs both switches.
WEBHOOKS_HTTPS_ONLY = env.flag("WEBHOOKS_HTTPS_ONLY", PRODUCTION)
WEBHOOKS_TO_PRIVATE = env.flag("WEBHOOKS_TO_PRIVATE", False)

# --- Database ------------------------------------------------------------------------------------
# Who this process is, for the time limits and for pg_stat_activity.
PROCESS_ROLE = env.choice("PROCESS_ROLE", "command", ("command", "web", "worker", "beat"))
_web_limits = {
    "statement_timeout": "15s",
    # longer than the night holds a slice: an act on a customer waits for it, it is not refused
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "10s",
    # The first page of a long list is planned as if all of it were read: what is set up for that
    # (compiled code, a cache for millions of rows) takes sixty times as long as fifty rows do.
    "jit": "off",
    "enable_memoize": "off",
}
_work_limits = {"lock_timeout": "30s"}
_session = {
    # Explicit, and temporary tables last: a temporary table shadows a real one only where the
    # engine's shadow runs say so.
    "search_path": "public,pg_temp",
    # A statement for one customer is planned once a connection (billing/engine/sql.py).
    "plan_cache_mode": "force_generic_plan",
    **(_web_limits if PROCESS_ROLE == "web" else _work_limits),
}
POSTGRES_MINIMUM = 17
EMBEDDED_DATABASE = not env.text("DATABASE_URL", None if PRODUCTION else "")
EMBEDDED_BROKER = not env.text("REDIS_URL", None if PRODUCTION else "")
if EMBEDDED_DATABASE:
    _database: dict[str, Any] = {
        "ENGINE": "config.embedded.postgresql_backend",
        **postgres().address(),
    }
else:
    _database = env.postgres_url("DATABASE_URL")
_database |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
_database["OPTIONS"] = {
    "connect_timeout": 10,
    **_database.get("OPTIONS", {}),
    "application_name": f"{PRODUCT.lower()}-{PROCESS_ROLE}",
    "options": " ".join(f"-c {name}={value}" for name, value in _session.items()),
}
# Its own name for each of two test runs at once.
_database["TEST"] = {"NAME": env.text("TEST_DATABASE", f"test_{PRODUCT.lower()}")}
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache, broker, work -------------------------------------------------------------------------
REDIS_URL = valkey().url() if EMBEDDED_BROKER else env.redis_url("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": (
            "config.embedded.cache.RedisCache"
            if EMBEDDED_BROKER
            else "django.core.cache.backends.redis.RedisCache"
        ),
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": PRODUCT.lower(),
        "TIMEOUT": 300,
    }
}

TASK_SECONDS = 300
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
CELERY_TIMEZONE = BOOK_TIME_ZONE
CELERY_ENABLE_UTC = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Both or neither: with the first alone, a task whose process is killed is gone.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = TASK_SECONDS
CELERY_TASK_TIME_LIMIT = TASK_SECONDS + 30
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # More than twice the hard limit, or a task would run twice while it is still running.
    "visibility_timeout": 2 * CELERY_TASK_TIME_LIMIT + 60,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_keepalive": not REDIS_URL.startswith("unix://"),
    "health_check_interval": 10,
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat")
CELERY_BEAT_CRON_STARTING_DEADLINE = 6 * 3600
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "nightly": {"task": "config.night.nightly", "schedule": crontab(hour="0", minute="10")},
    # The list of work is in the database; this hands out again what a lost message left undone.
    "sweep": {"task": "config.night.sweep", "schedule": 60.0, "options": {"expires": 55}},
    # What a night checks only in part: every check over the whole book.
    "check_book": {
        "task": "config.night.check_book",
        "schedule": crontab(hour="4", minute="20", day_of_week="sunday"),
    },
    "expire_requests": {"task": "config.tasks.expire_requests", "schedule": crontab(minute="5")},
    "expire_authorizations": {
        "task": "config.tasks.expire_authorizations",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "forget_answers": {
        "task": "config.tasks.forget_answers",
        "schedule": crontab(hour="3", minute="40"),
    },
    "collect_settlement": {
        "task": "billing.channels.collect",
        "schedule": 300.0,
        "options": {"expires": 290},
    },
    "auto_debit": {
        "task": "billing.debits.run",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "appeal_clocks": {"task": "appeals.tasks.keep_clocks", "schedule": crontab(minute="15")},
    "scan_evidence": {
        "task": "appeals.tasks.scan_evidence",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "deliver_notices": {
        "task": "config.tasks.deliver_notices",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "deliver_webhooks": {
        "task": "config.tasks.deliver_webhooks",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "expire_offers": {"task": "config.tasks.expire_offers", "schedule": crontab(minute="7")},
    "send_letters": {
        "task": "config.tasks.send_letters",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    # As the sweep of the night, for bulk acts.
    "sweep_bulk": {"task": "risk.bulk.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "sweep_exports": {
        "task": "accounts.tasks.sweep_exports",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "forget_attempts": {
        "task": "accounts.tasks.forget_attempts",
        "schedule": crontab(minute="35"),
    },
    "heartbeat": {"task": "config.tasks.heartbeat", "schedule": 60.0, "options": {"expires": 55}},
}

# --- Files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_FOLDER", str(VAR / "static")))
STATICFILES_DIRS = [folder for folder in [BASE / "static"] if folder.exists()]
MEDIA_ROOT = VAR / "uploads"
# A callable (bytes, name) -> bool that says whether a file handed in as evidence is harmless;
# until it did, nobody is shown the file.
EVIDENCE_SCANNER = env.text("EVIDENCE_SCANNER", "")
# Where settlement files are dropped: CHANNEL_YYYY-MM-DD….csv (billing/channels/tasks.py).
SETTLEMENT_FOLDER = Path(env.text("SETTLEMENT_FOLDER", str(VAR / "settlement")))
# Large exports until they are fetched; web and worker need the same folder.
EXPORT_FOLDER = Path(env.text("EXPORT_FOLDER", str(VAR / "exports")))
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
_static = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if PRODUCTION
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static},
}
if not PRODUCTION:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
mimetypes.add_type("text/javascript", ".js", strict=True)

# --- The rest ------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "COERCE_DECIMAL_TO_STRING": True,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": f"{PRODUCT} API",
    "DESCRIPTION": "What partner systems book and ask, and what a customer may see and do with "
    "programs of theirs. See docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "GET_LIB_DOC_EXCLUDES": "accounts.api.schema.plumbing",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.api.schema.add_problems",
    ],
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    "ENUM_NAME_OVERRIDES": {
        "ProductEnum": "billing.choices.Product",
        "LineStatusEnum": "risk.choices.Status",
        "PlanStatusEnum": "billing.choices.PlanStatus",
        "EntryKindEnum": "billing.choices.EntryKind",
        "AppealKindEnum": "appeals.choices.Kind",
        "AppealStateEnum": "appeals.choices.State",
        "SubjectEnum": "appeals.choices.Subject",
        "OfferStateEnum": "appeals.offers.choices.OfferState",
        "SpendEnum": "risk.choices.Spend",
        "FactKindEnum": "billing.choices.FactKind",
        "BillStateEnum": ["open", "overdue", "in_plan", "paid"],
    },
}
PGHISTORY_APPEND_ONLY = True
LOGGING = logs.logging_settings(json_lines=PRODUCTION, level=env.text("LOG_LEVEL", "INFO"))
LOGGING_CONFIG = "config.logs.configure"

from config.unfold import FORMAT_MODULE_PATH, UNFOLD  # noqa: E402, F401
