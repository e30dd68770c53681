"""Requests to a target, and what their answers mean for a task.

Nothing is tried again here and no redirect is followed: the log has to know of each request before it leaves.
What a target says is shown without our secrets in it, and without what a terminal would obey.

Belongs here: HTTP that targets share. Does not belong here: any vendor's words (`targets/`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from outbox.outcomes import LaterError, RefusedError, UnusableError

TIMEOUT_SECONDS: Final = 20.0
_SHOWN: Final = 300
_LIMITED: Final = (429, 503)
_SETTINGS: Final = {
    401: "check the credentials of the target in secrets.toml",
    403: "the credentials lack a permission, or a quota is used up",
    404: "check the address, and that the field of the case key is set up",
}


class Caller:
    """One target's address. `secrets` never appear in what is raised."""

    def __init__(self, base_url: str, secrets: Iterable[str] = ()) -> None:
        self.base_url = base_url.rstrip("/")
        self._secrets = tuple(secret for secret in secrets if secret)
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS)

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any) -> Any:
        """The answer, if it is one of success; whatever else it is, is raised as it concerns the task."""
        answer = self.ask(method, path, headers, **options)
        if not answer.is_success:
            self.judge(answer)
        return answer

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        """The answer, whichever it is. Raises LaterError where there is none."""
        url = path if "://" in path else f"{self.base_url}{path}"
        try:
            return self._client.request(method, url, headers=dict(headers or {}), **options)
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            raise LaterError(f"could not be reached ({type(failure).__name__})", is_counted=False) from None

    def judge(self, answer: httpx.Response) -> None:
        """Raises what an answer without success means, where a vendor does not say more."""
        status, said = answer.status_code, f"answered {answer.status_code}: {self.shown(answer.text)}"
        if status in _LIMITED:
            raise UnusableError(said, waiting(answer.headers))
        if status in _SETTINGS:
            raise UnusableError(f"{said}; {_SETTINGS[status]}", waiting(answer.headers))
        if answer.is_redirect:
            raise UnusableError(f"{said}; it leads elsewhere, and tasks do not follow")
        if answer.is_server_error or status in (408, 409, 423, 425):
            raise LaterError(said, waiting(answer.headers))
        raise RefusedError(said)

    def shown(self, text: str) -> str:
        """A target's words on one line, short, without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        plain = "".join(each if each.isprintable() else " " for each in text)
        return " ".join(plain.split())[:_SHOWN]


def waiting(headers: Mapping[str, str]) -> float | None:
    """The seconds for which `Retry-After` asks: a number of them, or a date."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except ValueError:
        return None
