"""Salesforce's Task object as far as it is written and queried, with the external id
NPS_Case_Key__c on Activity.

* `PATCH …/sobjects/Task/NPS_Case_Key__c/<key>`: 201 {id, success, errors, created} for a new one, 200 for one
  that is there, 300 where several have the key; another field there: 404 NOT_FOUND.
* `PATCH …/sobjects/Task/<id>`: 204, or 404 ENTITY_IS_DELETED.
* 400: INVALID_FIELD for a field that Task has not; INVALID_CROSS_REFERENCE_KEY for an owner that no user is;
  INACTIVE_OWNER_OR_USER for one who has left.

Of SOQL: `NPS_Case_Key__c != null` and bounds of SystemModstamp. A deleted task is shown as any other.

Belongs here: tasks. Does not belong here: what else the API has (`demo.vendors.salesforce`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.clock import Clock
from demo.vendors.records import Records, Rendered, naive, visible
from demo.vendors.replies import RefusalError, json_object, json_response
from demo.vendors.tasks import Kept, Tasks

KEY_FIELD = "NPS_Case_Key__c"
FIELDS = frozenset(
    ("Subject", "Description", "OwnerId", "ActivityDate", "Status", "Priority", "WhatId", "WhoId")
)
_ID = "00T{:012d}AAA"
_USERS = f"""
    select user_id as id, text_or_null(is_active) || ',' as text from {visible("employees")} order by user_id
"""
_READ = ("Id", "IsDeleted", "LastModifiedById", "LastModifiedDate", "SystemModstamp", KEY_FIELD)
_BOUND = re.compile(r"SystemModstamp\s*(>=|<)\s*(\S+)")
_HAS_KEY = re.compile(rf"{KEY_FIELD}\s*!=\s*null", re.IGNORECASE)


def queried(tasks: Tasks, fields: str, where: str | None) -> Rendered:
    """The tasks that a query asks for, the one changed last at the end, as records."""
    names = [name.strip() for name in fields.split(",")]
    if unknown := [name for name in names if name not in FIELDS and name not in _READ]:
        message = f"No such column '{unknown[0]}' on entity 'Task'."
        raise RefusalError(400, [{"message": message, "errorCode": "INVALID_FIELD"}])
    found = sorted(tasks.made, key=lambda task: (task.changed_at, task.id))
    for term in re.split(r"\s+and\s+", where or "", flags=re.IGNORECASE):
        if bound := _BOUND.fullmatch(term.strip()):
            said = bound[2][:23]
            found = [each for each in found if (each.modified >= said) is (bound[1] == ">=")]
        elif not _HAS_KEY.fullmatch(term.strip()):
            raise RefusalError(400, [{"message": term, "errorCode": "MALFORMED_QUERY"}])
    texts = [orjson.dumps({name: _shown(tasks, each, name) for name in names}).decode() for each in found]
    columns = {"id": [each.id for each in found], "text": [f"{text}," for text in texts]}
    return Rendered(pa.table(columns, pa.schema({"id": pa.string(), "text": pa.large_string()})))


def _shown(tasks: Tasks, task: Kept, name: str) -> Any:
    moment = f"{task.modified}+0000"
    own = dict(
        zip(
            _READ, (task.id, task.id in tasks.deleted, task.changed_by, moment, moment, task.key), strict=True
        )
    )
    return own.get(name, task.fields.get(name))


class TaskApi:
    """The routes that write."""

    def __init__(
        self,
        records: Records,
        clock: Clock,
        authenticate: Callable[[Request], None],
        error: Callable[..., object],
        tasks: Tasks,
    ) -> None:
        self._records, self._clock, self._tasks = records, clock, tasks
        self._authenticate, self._error = authenticate, error

    def routes(self) -> list[Route]:
        """To be put before those that match more."""
        task = "/services/data/{version}/sobjects/Task"
        return [
            Route(f"{task}/{{field}}/{{key}}", self.upsert, methods=["PATCH"]),
            Route(f"{task}/{{id}}", self.change, methods=["PATCH"]),
        ]

    async def upsert(self, request: Request) -> Response:
        fields = await self._fields(request)
        if request.path_params["field"] != KEY_FIELD:
            message = "Provided external ID field does not exist or is not accessible"
            raise RefusalError(404, self._error(404, "NOT_FOUND", message))
        key = request.path_params["key"]
        if (found := self._tasks.upsert(key, fields, _ID)) is None:
            return json_response([f"/services/data/v62.0/sobjects/Task/{key}"], 300)
        task, is_new = found
        body = {"id": task.id, "success": True, "errors": [], "created": is_new}
        return json_response(body, 201 if is_new else 200)

    async def change(self, request: Request) -> Response:
        fields = await self._fields(request)
        if not self._tasks.change(request.path_params["id"], fields):
            raise RefusalError(404, self._error(404, "ENTITY_IS_DELETED", "entity is deleted"))
        return Response(status_code=204)

    async def _fields(self, request: Request) -> dict[str, Any]:
        self._authenticate(request)
        fields = json_object(await request.body())
        if fields is None:
            raise RefusalError(400, self._error(400, "JSON_PARSER_ERROR", "Unexpected character"))
        for name in fields:
            if name not in FIELDS:
                message = f"No such column '{name}' on sobject of type Task"
                raise RefusalError(400, self._error(400, "INVALID_FIELD", message))
        if "OwnerId" in fields:
            self._judge_owner(fields["OwnerId"])
        return fields

    def _judge_owner(self, owner: str) -> None:
        users = self._records.render(_USERS, {"now": naive(self._clock.now)})
        at = users.position(owner)
        if at < 0:
            message = f"Assigned To ID: id value of incorrect type: {owner}"
            raise RefusalError(400, self._error(400, "INVALID_CROSS_REFERENCE_KEY", message))
        if bytes(users.cut(at, at + 1)) == b"false":
            raise RefusalError(
                400, self._error(400, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user")
            )
