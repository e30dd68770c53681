"""Logs for machines: with `NPS_LOG=json` a command tells on standard error what it does, in lines of JSON.

Each is an object with `time` (UTC), `level`, `phase`, `source`, `run` and `message`; what does not apply is
null. `run` is the name of the log file that has everything else. Like every message, it is masked of secrets.

Belongs here: the form. Does not belong here: what is said.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from typing import IO, Any

from ingestion import masking

_LOAD, _BUILD = "load", "build"
_run: str | None = None


def are_json() -> bool:
    """Whether `NPS_LOG` asks for lines of JSON; any other value than `json` is people's text."""
    return os.environ.get("NPS_LOG") == "json"


def begin(name: str) -> None:
    """From now on, lines of this process belong to the run of this name."""
    global _run
    _run = name


def line(level: str, message: str, phase: str | None = None, source: str | None = None) -> str:
    """One line, without its end."""
    return json.dumps(
        {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": level,
            "phase": phase,
            "source": source,
            "run": _run,
            "message": masking.shown(message),
        },
        ensure_ascii=False,
    )


class Reporter:
    """Writes what a run reports: each phase and each source once, not each of hundreds of models."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._said: tuple[str, str] | None = None

    def on_report(self, stage: str, detail: str) -> None:
        """A listener of `progress`."""
        said = (stage, "" if stage == _BUILD else detail)
        if said != self._said:
            self._said = said
            source = detail if stage == _LOAD else None
            print(line("info", detail or stage, stage, source), file=self._stream, flush=True)


class OneObject(logging.Formatter):
    """Records of Python's logging in the same form; the phase is the logger's name."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback is part of the message."""
        message = record.getMessage()
        if record.exc_info:
            message = f"{message}\n{self.formatException(record.exc_info)}"
        return line(record.levelname.lower(), message, record.name)


def configuration() -> dict[str, Any] | None:
    """How a server logs, as `logging.config` takes it; None where people read it."""
    if not are_json():
        return None
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": OneObject}},
        "handlers": {"error": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["error"], "level": "WARNING"},
    }
