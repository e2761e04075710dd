"""Logs: JSON lines in production, readable ones in development; long numbers masked in both."""

import logging.config
import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Phones, ID and card numbers, also with blanks or dashes between; 18 of the 18th may be X.
NUMBER = re.compile(r"(?<![\w.-])\+?\d(?:[ -]?\d){8,}[\dXx](?![\w-])")
# What is long, of digits, and no secret.
PLAIN = frozenset({"timestamp", "request_id", "task_id", "code", "duration"})


def masked(text: str) -> str:
    """The text with every run of ten digits or more cut to its first three and last two."""

    def cut(match: re.Match[str]) -> str:
        digits = re.sub(r"[ +-]", "", match.group(0))
        return f"{digits[:3]}{'*' * (len(digits) - 5)}{digits[-2:]}"

    return NUMBER.sub(cut, text)


def _mask(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return value if -(10**9) < value < 10**9 else masked(str(value))
    if isinstance(value, dict):
        return {key: _mask(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mask(item) for item in value]
    return masked(str(value))


def mask_numbers(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A structlog processor; the last before rendering, so that tracebacks are masked too."""
    for key in event.keys() - PLAIN:
        if not key.startswith("_"):
            event[key] = _mask(event[key])
    return event


def _processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def logging_settings(*, json_lines: bool, level: str) -> dict[str, Any]:
    """What LOGGING says. Level is a name such as INFO."""
    renderer: Processor
    if json_lines:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    mask_numbers,
                    renderer,
                ],
                "foreign_pre_chain": _processors(),
            }
        },
        "handlers": {"screen": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["screen"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["screen"], "level": level, "propagate": False},
            "celery.beat": {"level": "WARNING"},
        },
    }


def configure(settings: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: the standard library's logging, and structlog into it."""
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
