"""Tasks in HubSpot: the tasks object, upserted by a property whose values are unique.

Set up by the company: a single-line text property of tasks, "require unique values" (`key_property`,
nps_case_key).

* `POST /crm/v3/objects/tasks/batch/upsert`, inputs [{id, idProperty, properties}]: results [{id, new}]; 207
  with errors where an input was not taken. `PATCH /crm/v3/objects/tasks/<id>`: 404 where it was deleted.
* An upsert sets no associations, so each is a request of its own, which may be repeated: `PUT
  /crm/v4/objects/tasks/<id>/associations/default/<companies|contacts>/<id>`.
* 429 tells no time to wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from outbox.calling import Caller
from outbox.kinds import Kind
from outbox.outcomes import GoneError, RefusedError, UnusableError
from outbox.task import Task

_API: Final = "https://api.hubapi.com"
_STATUS: Final = {"open": "NOT_STARTED", "contacted": "IN_PROGRESS"}
_DONE: Final = "COMPLETED"
#: All the statuses that there are.
_STATES: Final = {
    **{"NOT_STARTED": "open", "IN_PROGRESS": "contacted", "WAITING": "contacted"},
    **{"COMPLETED": "resolved", "DEFERRED": ""},
}
_TASKS: Final = "/crm/v3/objects/tasks"
_SECONDS_OF_A_LIMIT: Final = 10.0


class HubSpot:
    """One account, asked with the token of a private app."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._caller = Caller(settings.get("base_url", _API), [settings["access_token"]])
        self._headers = {"Authorization": f"Bearer {settings['access_token']}"}
        self._key_property = settings.get("key_property", "nps_case_key")

    def create(self, task: Task) -> str:
        """Upserted by the case key, then associated with the company and the person."""
        one = {"id": task.case_key, "idProperty": self._key_property}
        one["properties"] = {**properties(task), self._key_property: task.case_key}  # type: ignore[assignment]
        answer = self._ask("POST", f"{_TASKS}/batch/upsert", json={"inputs": [one]})
        self._judge(answer)
        said = answer.json()
        if not said.get("results"):
            raise RefusedError(f"answered {answer.status_code}: {self._caller.shown(answer.text)}")
        known = str(said["results"][0]["id"])
        for kind, other in (("companies", task.account_id), ("contacts", task.contact_id)):
            if (other or "").isdecimal():
                self._associate(known, kind, str(other))
        return known

    def change(self, known: str, task: Task, before: Sequence[Task]) -> None:
        """Only the properties that differ from those that were sent."""
        there = [properties(each) for each in before]
        changed = {
            name: value
            for name, value in properties(task).items()
            if any(each[name] != value for each in there)
        }
        if not changed:
            return
        answer = self._ask("PATCH", f"{_TASKS}/{known}", json={"properties": changed})
        if answer.status_code == 404:
            raise GoneError
        self._judge(answer)

    def _associate(self, known: str, kind: str, other: str) -> None:
        """A company or a person that is not there any more is no reason to go without the task."""
        answer = self._ask("PUT", f"/crm/v4/objects/tasks/{known}/associations/default/{kind}/{other}")
        if not answer.is_client_error or answer.status_code in (401, 403, 429):
            self._judge(answer)

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._caller.ask(method, path, self._headers, **options)

    def _judge(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        said = f"answered {answer.status_code}: {self._caller.shown(answer.text)}"
        if answer.status_code == 429 and "retry-after" not in answer.headers:
            raise UnusableError(said, _SECONDS_OF_A_LIMIT)
        if answer.status_code == 400 and self._key_property in answer.text:
            raise UnusableError(f"{said}; set the property up on tasks, with unique values")
        self._caller.judge(answer)


def properties(task: Task) -> dict[str, str]:
    """A task as HubSpot names it. Raises RefusedError for an owner who is none there."""
    if not (task.owner_id or "").isdecimal():
        raise RefusedError(f"the owner {task.owner_id} is none of HubSpot; name one in branch_owners.csv")
    return {
        "hs_task_subject": task.subject,
        "hs_task_body": task.description,
        "hs_task_type": "TODO",
        "hs_timestamp": f"{task.due_at:%Y-%m-%dT%H:%M:%SZ}",
        "hs_task_status": status(task),
        "hs_task_priority": "HIGH" if task.case_type == "rescue" else "MEDIUM",
        "hubspot_owner_id": str(task.owner_id),
    }


def status(task: Task) -> str:
    """The status of a task as HubSpot names it."""
    return _DONE if task.is_closed else _STATUS[task.state]


KIND = Kind(
    HubSpot,
    ("access_token",),
    optional=("base_url", "key_property"),
    status=status,
    states=_STATES,
)
