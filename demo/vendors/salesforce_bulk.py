"""Salesforce's Bulk API 2.0 query jobs, and the types of fields that a reader of CSV needs.

* `GET …/sobjects/{object}/describe` → `fields` [{`name`, `type`}].
* `POST …/jobs/query`, JSON `{"operation": "query" | "queryAll", "query": SOQL}` → the job: `id`, `operation`,
  `object`, `state` (`UploadComplete`), `contentType` CSV, `columnDelimiter` COMMA, `lineEnding` LF.
* `GET …/jobs/query/{id}` → the job: `UploadComplete`, `InProgress`, then `JobComplete` with
  `numberRecordsProcessed`.
* `GET …/jobs/query/{id}/results?maxRecords=…&locator=…` → CSV with a header, each value in quotation marks,
  nothing as `""`; headers `Sforce-NumberOfRecords` (of this page) and `Sforce-Locator` (of the next, `null`
  on the last). Moments end in `Z`, where REST writes `+0000`.
* Errors are REST's list: 400 INVALIDJOBSTATE before a job is complete, 400 INVALID_QUERY_LOCATOR, 404
  NOT_FOUND.

Belongs here: jobs. Does not belong here: tokens and SOQL (`demo.vendors.salesforce`).
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from demo.vendors.limits import Limits
from demo.vendors.records import Rendered
from demo.vendors.replies import RefusalError, json_object, json_response
from demo.vendors.salesforce_objects import OBJECTS, TYPES

Run = Callable[[str, bool], tuple[str, Rendered]]
Errors = Callable[[int, str, str], list[dict[str, str]]]
_REST_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\+0000")


@dataclass
class _Job:
    told: dict[str, Any]
    found: Rendered
    asked: int = 0


class Jobs:
    """The query jobs of an org. `authenticate` refuses a request, `run` gives the object and its records."""

    def __init__(
        self, authenticate: Callable[[Request], None], run: Run, error: Errors, limits: Limits
    ) -> None:
        self._authenticate = authenticate
        self._run = run
        self._error = error
        self._limits = limits
        self._lock = Lock()
        self._jobs: dict[str, _Job] = {}

    def describe(self, request: Request) -> Response:
        """Which fields an object has."""
        self._authenticate(request)
        name = request.path_params["name"]
        if name not in OBJECTS:
            raise self._refusal(404, "NOT_FOUND", "The requested resource does not exist")
        fields = [{"name": field, "type": TYPES.get(field, "string")} for field in OBJECTS[name].fields]
        return json_response({"name": name, "fields": fields})

    async def create(self, request: Request) -> Response:
        """A new job; what it will show is what there is now."""
        self._authenticate(request)
        asked = json_object(await request.body()) or {}
        if asked.get("operation") not in ("query", "queryAll"):
            raise self._refusal(400, "INVALIDJOB", "operation is query or queryAll")
        name, found = self._run(str(asked.get("query")), asked["operation"] == "queryAll")
        told = {
            "operation": asked["operation"],
            "object": name,
            "state": "UploadComplete",
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": 62.0,
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        }
        with self._lock:
            job_id = f"750{len(self._jobs) + 1:012d}AAA"
            self._jobs[job_id] = _Job({"id": job_id, **told}, found)
        return json_response(self._jobs[job_id].told)

    def state(self, request: Request) -> Response:
        """The job, which gets on each time it is asked for."""
        job = self._job(request)
        job.asked += 1
        if job.asked > self._limits.salesforce_polls:
            job.told |= {"state": "JobComplete", "numberRecordsProcessed": len(job.found)}
        else:
            job.told["state"] = "InProgress"
        return json_response(job.told)

    def results(self, request: Request) -> Response:
        """A page of the job's rows."""
        job = self._job(request)
        if job.told["state"] != "JobComplete":
            raise self._refusal(400, "INVALIDJOBSTATE", f"the job is {job.told['state']}")
        start = self._start(request.query_params.get("locator"))
        stop = start + min(
            int(request.query_params.get("maxRecords", self._limits.salesforce_bulk_page)),
            self._limits.salesforce_bulk_page,
        )
        rows = _rows(bytes(job.found.cut(start, stop)))
        lines = [[*rows[0]], *map(_values, rows)] if rows else []
        body = "".join(f"{','.join(map(_quoted, line))}\n" for line in lines)
        locator = "null" if stop >= len(job.found) else base64.b64encode(str(stop).encode()).decode()
        headers = {"Sforce-NumberOfRecords": str(len(rows)), "Sforce-Locator": locator}
        return Response(body, headers=headers, media_type="text/csv")

    def _start(self, locator: str | None) -> int:
        try:
            return int(base64.b64decode(locator or "", validate=True) or 0)
        except (binascii.Error, ValueError):
            raise self._refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from None

    def _job(self, request: Request) -> _Job:
        self._authenticate(request)
        job = self._jobs.get(request.path_params["job"])
        if job is None:
            raise self._refusal(404, "NOT_FOUND", "The requested resource does not exist")
        return job

    def _refusal(self, status: int, code: str, message: str) -> RefusalError:
        return RefusalError(status, self._error(status, code, message))


def _rows(records: bytes) -> list[dict[str, Any]]:
    """The records without `attributes`, numbers as they are written."""
    rows = json.loads(b"[%b]" % records, parse_float=str, parse_int=str)
    for row in rows:
        del row["attributes"]
    return list(rows)


def _values(row: dict[str, Any]) -> list[str]:
    return [_value(value) for value in row.values()]


def _value(value: Any) -> str:
    if type(value) is bool:
        return "true" if value else "false"
    return _REST_MOMENT.sub(r"\1Z", value or "")


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""'))
