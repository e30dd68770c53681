"""Tasks in Salesforce: the Task object, upserted by an external id.

Set up by the company: a custom text field on Activity, marked as external id (`key_field`, NPS_Case_Key__c).

* `PATCH /services/data/vXX.X/sobjects/Task/<key field>/<key>`: 201 with `id` for a new one, 200 or 204 for
  one that is there, 300 where several have the key. `PATCH …/sobjects/Task/<id>`: 204; 404 where it was
  deleted.
* Errors are a list `[{"message", "errorCode"}]`; a field that is not there and a record that somebody else
  has just locked are both 400, and neither is a fault of the task.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from outbox.calling import Caller
from outbox.kinds import Kind
from outbox.outcomes import GoneError, LaterError, RefusedError, UnusableError
from outbox.task import Task

_STATUS: Final = {"open": "Not Started", "contacted": "In Progress"}
_DONE: Final = "Completed"
#: The statuses that every organisation has.
_STATES: Final = {
    **{"Not Started": "open", "In Progress": "contacted", "Waiting on someone else": "contacted"},
    **{"Completed": "resolved", "Deferred": ""},
}
_ID: Final = "{}[0-9A-Za-z]{{12}}([0-9A-Za-z]{{3}})?"
_USER, _ACCOUNT, _CONTACT = _ID.format("005"), _ID.format("001"), _ID.format("003")
_LOCKED: Final = ("UNABLE_TO_LOCK_ROW", "QUERY_TIMEOUT", "SERVER_UNAVAILABLE")
_NOT_SET_UP: Final = ("INVALID_FIELD", "INVALID_TYPE", "INVALID_FIELD_FOR_INSERT_UPDATE")


class Salesforce:
    """One organisation, asked as a connected app with client credentials."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._credentials = {name: settings[name] for name in ("client_id", "client_secret")}
        self._key_field = settings.get("key_field", "NPS_Case_Key__c")
        self._sobjects = f"/services/data/v{settings.get('api_version', '62.0')}/sobjects/Task"
        self._caller = Caller(settings["base_url"], self._credentials.values())
        self._instance, self._token = "", ""

    def create(self, task: Task) -> str:
        """Upserted by the case key."""
        answer = self._write(f"{self._key_field}/{task.case_key}", fields(task))
        if answer.status_code == 300:
            raise RefusedError("several tasks have this case key; delete all but one there")
        self._judge(answer)
        if answer.status_code != 204:
            return str(answer.json()["id"])
        found = self._ask("GET", f"{self._key_field}/{task.case_key}?fields=Id")
        self._judge(found)
        return str(found.json()["Id"])

    def change(self, known: str, task: Task, before: Sequence[Task]) -> None:
        """Only the fields that differ from those that were sent."""
        there = [fields(each) for each in before]
        changed = {
            name: value
            for name, value in fields(task).items()
            if any(each.get(name) != value for each in there)
        }
        if not changed:
            return
        answer = self._write(known, changed)
        if answer.status_code == 404:
            raise GoneError
        self._judge(answer)

    def _write(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self._ask("PATCH", path, json=body)

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """With a token, and with a new one where it has expired."""
        for is_last in (False, True):
            if not self._token:
                self._log_in()
            url = f"{self._instance}{self._sobjects}/{path}"
            answer = self._caller.ask(method, url, {"Authorization": f"Bearer {self._token}"}, **options)
            if answer.status_code != 401 or is_last:
                break
            self._token = ""
        return answer

    def _log_in(self) -> None:
        form = {"grant_type": "client_credentials", **self._credentials}
        answer = self._caller.ask("POST", "/services/oauth2/token", data=form)
        if answer.status_code == 400:
            raise UnusableError(f"the credentials are refused: {self._caller.shown(answer.text)}")
        if not answer.is_success:
            self._caller.judge(answer)
        said = answer.json()
        self._token, self._instance = str(said["access_token"]), str(said["instance_url"]).rstrip("/")

    def _judge(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        codes = _codes(answer)
        said = f"answered {answer.status_code}: {self._caller.shown(answer.text)}"
        if codes.intersection(_LOCKED) and answer.status_code == 400:
            raise LaterError(said)
        if codes.intersection(_NOT_SET_UP):
            raise UnusableError(
                f"{said}; set the field up on Activity as an external id, visible to the user"
            )
        self._caller.judge(answer)


def fields(task: Task) -> dict[str, Any]:
    """A task as Salesforce names it. Raises RefusedError for an owner who is no user there."""
    if not re.fullmatch(_USER, task.owner_id or ""):
        raise RefusedError(
            f"the owner {task.owner_id} is no user of Salesforce; name one in branch_owners.csv"
        )
    found = {
        "Subject": task.subject,
        "Description": task.description,
        "OwnerId": task.owner_id,
        "ActivityDate": task.due_on.isoformat(),
        "Status": status(task),
        "Priority": "High" if task.case_type == "rescue" else "Normal",
    }
    if re.fullmatch(_ACCOUNT, task.account_id or ""):
        found["WhatId"] = task.account_id
    if re.fullmatch(_CONTACT, task.contact_id or ""):
        found["WhoId"] = task.contact_id
    return found


def status(task: Task) -> str:
    """The status of a task as Salesforce names it."""
    return _DONE if task.is_closed else _STATUS[task.state]


def _codes(answer: httpx.Response) -> set[str]:
    try:
        said = answer.json()
    except ValueError:
        return set()
    return (
        {str(each.get("errorCode")) for each in said if isinstance(each, dict)}
        if isinstance(said, list)
        else set()
    )


KIND = Kind(
    Salesforce,
    ("client_id", "client_secret"),
    ("base_url",),
    ("key_field", "api_version"),
    status=status,
    states=_STATES,
)
