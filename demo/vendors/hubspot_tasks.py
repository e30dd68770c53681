"""HubSpot's tasks as far as they are written and searched, with the property nps_case_key,
whose values are unique.

* `POST /crm/v3/objects/tasks/batch/upsert`, inputs [{id, idProperty, properties}] → {status, results [{id,
  new, properties}]}; 400 PROPERTY_DOESNT_EXIST for a property that tasks have not.
* `PATCH /crm/v3/objects/tasks/<id>` {properties}; 404 where it was deleted.
* `PUT /crm/v4/objects/tasks/<id>/associations/default/<object>/<id>`.
* `POST /crm/v3/objects/tasks/search` as of any object, with `HAS_PROPERTY`; `GET /crm/v3/properties/tasks`.

Belongs here: tasks. Does not belong here: what else the API has (`demo.vendors.hubspot`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.vendors.replies import RefusalError, json_object, json_response
from demo.vendors.tasks import Kept, Tasks

KEY_PROPERTY = "nps_case_key"
PROPERTIES = frozenset(
    (
        *("hs_task_subject", "hs_task_body", "hs_task_type", "hs_timestamp", "hs_task_status"),
        *("hs_task_priority", "hubspot_owner_id", KEY_PROPERTY),
    )
)
_READ = ("hs_lastmodifieddate", "hs_updated_by_user_id", "hs_object_id")
_ID = "{}"


class TaskApi:
    """The routes that write."""

    def __init__(
        self,
        allowed: Callable[[Request], dict[str, str]],
        error: Callable[..., object],
        tasks: Tasks,
    ) -> None:
        self._allowed, self._error, self._tasks = allowed, error, tasks

    def routes(self) -> list[Route]:
        """To be put before those that match more."""
        return [
            Route("/crm/v3/objects/tasks/batch/upsert", self.upsert, methods=["POST"]),
            Route("/crm/v3/objects/tasks/search", self.search, methods=["POST"]),
            Route("/crm/v3/properties/tasks", self.properties),
            Route("/crm/v3/objects/tasks/{id}", self.change, methods=["PATCH"]),
            Route(
                "/crm/v4/objects/tasks/{id}/associations/default/{kind}/{other}",
                self.associate,
                methods=["PUT"],
            ),
        ]

    async def upsert(self, request: Request) -> Response:
        headers = self._allowed(request)
        results = []
        for one in (await self._body(request))["inputs"]:
            properties = self._judged({one["idProperty"]: one["id"], **one["properties"]})
            found = self._tasks.upsert(one["id"], properties, _ID)
            assert found is not None, "values of this property are unique"
            task, is_new = found
            results.append({"id": task.id, "new": is_new, "properties": task.fields})
        return json_response({"status": "COMPLETE", "results": results}, headers=headers)

    async def change(self, request: Request) -> Response:
        headers = self._allowed(request)
        id, properties = request.path_params["id"], self._judged((await self._body(request))["properties"])
        if not self._tasks.change(id, properties):
            raise RefusalError(404, self._error(404), headers)
        return json_response({"id": id, "properties": properties}, headers=headers)

    def properties(self, request: Request) -> Response:
        names = sorted(PROPERTIES.union(_READ))
        return json_response({"results": [{"name": name} for name in names]}, headers=self._allowed(request))

    async def search(self, request: Request) -> Response:
        headers = self._allowed(request)
        asked = await self._body(request)
        found = [each for each in self._tasks.made if each.id not in self._tasks.deleted]
        for told in asked["filterGroups"][0]["filters"]:
            found = [
                each
                for each in found
                if _holds(each, told["propertyName"], told["operator"], told.get("value", ""))
            ]
        results = [
            {
                "id": each.id,
                "properties": {name: _property(each, name) for name in asked["properties"]},
                "createdAt": f"{each.modified}Z",
                "updatedAt": f"{each.modified}Z",
                "archived": False,
            }
            for each in sorted(found, key=lambda each: int(each.id))[: asked["limit"]]
        ]
        return json_response({"total": len(found), "results": results}, headers=headers)

    async def associate(self, request: Request) -> Response:
        headers = self._allowed(request)
        id, kind, other = (request.path_params[name] for name in ("id", "kind", "other"))
        if (task := self._tasks.find(id)) is None:
            raise RefusalError(404, self._error(404), headers)
        task.fields |= {f"associated {kind}": other}
        return json_response({"status": "COMPLETE"}, headers=headers)

    async def _body(self, request: Request) -> dict[str, Any]:
        if (found := json_object(await request.body())) is None:
            raise RefusalError(400, self._error(400))
        return found

    def _judged(self, properties: dict[str, Any]) -> dict[str, Any]:
        for name in properties:
            if name not in PROPERTIES:
                message = f'Property "{name}" does not exist (PROPERTY_DOESNT_EXIST)'
                raise RefusalError(400, self._error(400, message))
        return properties


def _property(task: Kept, name: str) -> Any:
    own = dict(zip(_READ, (f"{task.modified}Z", task.changed_by, task.id), strict=True))
    return own.get(name, task.fields.get(name))


def _holds(task: Kept, name: str, operator: str, value: str = "") -> bool:
    if operator == "HAS_PROPERTY":
        return bool(_property(task, name))
    own = int(task.id) if name == "hs_object_id" else int(task.changed_at * 1000)
    return {"GT": own > int(value), "GTE": own >= int(value), "LTE": own <= int(value)}[operator]
