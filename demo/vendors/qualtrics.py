"""Qualtrics' API v3 as far as a survey loader reads it.

Authentication: header `X-API-TOKEN`; else 401. Every answer is `{"result", "meta": {"httpStatus",
"requestId"}}`, every refusal `{"meta": {"httpStatus", "requestId", "error": {"errorMessage",
"errorCode"}}}`. Lists are `result.elements` and `result.nextPage` (an absolute URL or null).

* `GET /API/v3/surveys`: id, name, ownerId, lastModified, creationDate, isActive.
* `GET /API/v3/survey-definitions/{id}`: SurveyID, SurveyName, Questions {QID: {QuestionID, QuestionText,
  QuestionType, Selector, Choices}}. An `MC`/`NPS` question's Choices are a list of {Display} (the index
  is the choice); an `MC`/`SAHR` question's a map from "1" on, with RecodeValues {choice: exported value}.
* `POST /API/v3/surveys/{id}/export-responses`, JSON body: `format` (ndjson or json, required), `compress`
  (default true), `startDate`, `endDate` (ISO 8601, half-open, on recordedDate, or on lastModifiedDate
  with `sortByLastModifiedDate`), `allowContinuation`, `continuationToken` (only responses first seen
  after the export that gave the token; edits of older ones are not in it). Names are case-sensitive; an
  unknown one is a 400. → result.progressId, percentComplete, status.
* `GET …/export-responses/{progressId}`: percentComplete, status (inProgress, complete, failed), and when
  complete fileId, and continuationToken where allowed.
* `GET …/export-responses/{fileId}/file`: a zip with one member (or the bare document with
  `compress: false`); ndjson: one response a line, json: {"responses": [...]}. A response: responseId,
  labels, displayedFields, displayedValues, values {_recordId, startDate, endDate, recordedDate,
  lastModifiedDate, status (0 normal, 1 preview, 2 test, 8 spam), progress, duration, finished (1/0)} and,
  only where present: distributionChannel, userLanguage, externalDataReference, QID1, QID1_NPS_GROUP
  (1 to 3 or Detractor, Passive, Promoter), QID2_TEXT, QID3, and the embedded data AccountId, ContactId,
  Email, BranchId, EventAt, EmployeeId, DeviceId, InvitationId.
* `GET /API/v3/distributions?surveyId=…` (`pageSize`): id, surveyLink {surveyId, linkType}, requestType
  ("Invite"), requestStatus, sendDate, createdDate, modifiedDate (moves with every change of a line of its
  history), stats {sent, failed, started, bounced, opened, skipped, finished, complaints, blocked}.
* `GET /API/v3/distributions/{id}/history` (`pageSize`): contactId, contactLookupId, distributionId,
  status (Success, HardBounce, Opened, SurveyStarted, SurveyFinished, Failure, Blocked, Skipped,
  Duplicate, Unknown), surveyLink, contactFrequencyRuleId, responseId, responseStartedAt,
  responseCompletedAt, sentAt, openedAt, surveySessionId, and three fields the vendor spreads over its
  transaction and link endpoints: `id` (the invitation's id, which comes back as embedded data
  InvitationId), `contact` {email} and `distributionChannel`.

Belongs here: routes, parameters, paging and the vendor's envelope. Does not belong here: the
lines of an export (`demo.vendors.qualtrics_exports`) or of a distribution
(`demo.vendors.qualtrics_distributions`), surveys (`demo.vendors.qualtrics_surveys`).
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.clock import Clock, parse_moment
from demo.vendors.allowance import Allowance
from demo.vendors.limits import Limits
from demo.vendors.qualtrics_distributions import Distributions
from demo.vendors.qualtrics_exports import Export, Exports, Wanted
from demo.vendors.qualtrics_surveys import CATALOGUE, definition, list_entry
from demo.vendors.records import Records, Rendered
from demo.vendors.replies import RefusalError, json_bytes, json_object, json_response, milliseconds, refuse

THROTTLED = 429

_EXPORT_PARAMETERS: dict[str, type] = {
    "format": str,
    "compress": bool,
    "startDate": str,
    "endDate": str,
    "sortByLastModifiedDate": bool,
    "allowContinuation": bool,
    "continuationToken": str,
}


def error(status: int, code: str | None = None, message: str | None = None) -> dict[str, object]:
    """Qualtrics' error envelope."""
    usual = {
        401: ("AUTH_6.0", "Unrecognized X-API-TOKEN."),
        429: ("RTL_1", "Too many requests. Please retry later."),
        500: ("ISE_1", "An internal server error occurred."),
    }
    usual_code, usual_message = usual.get(status, ("E400", "Bad request."))
    detail = {"errorMessage": message or usual_message, "errorCode": code or usual_code}
    return {"meta": {**_meta(status), "error": detail}}


def application(records: Records, clock: Clock, token: str, limits: Limits) -> Starlette:
    """The API as an ASGI application; routes start at `/API/v3`."""
    api = _Api(records, clock, token, limits)
    exports = "/API/v3/surveys/{survey_id}/export-responses"
    routes = [
        Route("/API/v3/surveys", api.surveys),
        Route("/API/v3/surveys/{survey_id}", api.survey),
        Route("/API/v3/survey-definitions/{survey_id}", api.survey_definition),
        Route(exports, api.start_export, methods=["POST"]),
        Route(exports + "/{progress_id}", api.export_progress),
        Route(exports + "/{file_id}/file", api.export_file),
        Route("/API/v3/distributions", api.distributions),
        Route("/API/v3/distributions/{distribution_id}/history", api.history),
    ]
    return Starlette(routes=routes, exception_handlers={RefusalError: refuse})


class _Api:
    def __init__(self, records: Records, clock: Clock, token: str, limits: Limits) -> None:
        self._clock = clock
        self._token = token
        self._limits = limits
        self._exports = Exports(records, limits.qualtrics_polls)
        self._distributions = Distributions(records)
        self._allowed = Allowance(limits.qualtrics_exports, 60)

    def surveys(self, request: Request) -> Response:
        self._authenticate(request)
        surveys = list(CATALOGUE.values())
        start, size = self._window(request)
        following = self._next_page(request, start + size) if start + size < len(surveys) else None
        elements = [list_entry(survey) for survey in surveys[start : start + size]]
        return _result({"elements": elements, "nextPage": following})

    def survey(self, request: Request) -> Response:
        self._authenticate(request)
        survey_id = self._survey(request.path_params["survey_id"])
        counts = self._exports.counts(survey_id, self._clock.now)
        return _result({**list_entry(CATALOGUE[survey_id]), "responseCounts": counts})

    def survey_definition(self, request: Request) -> Response:
        self._authenticate(request)
        return _result(definition(CATALOGUE[self._survey(request.path_params["survey_id"])]))

    async def start_export(self, request: Request) -> Response:
        self._authenticate(request)
        survey_id = self._survey(request.path_params["survey_id"])
        wanted = _wanted(survey_id, await request.body(), self._clock.now)
        self._count_export()
        progress_id = self._exports.start(wanted)
        return _result({"progressId": progress_id, "percentComplete": 0.0, "status": "inProgress"})

    def export_progress(self, request: Request) -> Response:
        job = self._job(request)
        if not job.poll():
            return _result({"percentComplete": 50.0, "status": "inProgress"})
        if job.file.exception() is not None:
            return _result({"percentComplete": 50.0, "status": "failed"})
        result: dict[str, object] = {
            "fileId": job.file_id,
            "percentComplete": 100.0,
            "status": "complete",
        }
        if job.wanted.allow_continuation:
            token = job.wanted.now.isoformat().encode()
            result["continuationToken"] = base64.urlsafe_b64encode(token).decode()
        return _result(result)

    def export_file(self, request: Request) -> Response:
        self._authenticate(request)
        survey_id, file_id = request.path_params["survey_id"], request.path_params["file_id"]
        job = self._exports.finished(self._survey(survey_id), file_id)
        if job is None:
            raise RefusalError(404, error(404, "FILE_1", f"No export file {file_id}."))
        kind = "application/json" if job.wanted.as_json else "application/x-ndjson"
        return Response(job.file.result(), media_type="application/zip" if job.wanted.compressed else kind)

    def distributions(self, request: Request) -> Response:
        self._authenticate(request)
        survey_id = self._survey(request.query_params.get("surveyId", ""))
        listed = self._distributions.of_survey(survey_id, self._clock.now)
        return self._page(request, listed, 0, len(listed))

    def history(self, request: Request) -> Response:
        self._authenticate(request)
        distribution_id = request.path_params["distribution_id"]
        found = self._distributions.history(distribution_id, self._clock.now)
        if found is None:
            raise RefusalError(404, error(404, "DIST_1", f"No distribution {distribution_id}."))
        return self._page(request, *found)

    def _page(self, request: Request, rendered: Rendered, first: int, last: int) -> Response:
        """A page of the rows `first` to `last` (exclusive), which are the whole list."""
        skip, size = self._window(request)
        start, stop = first + skip, min(first + skip + size, last)
        following = self._next_page(request, skip + size) if stop < last else None
        page: list[bytes | memoryview] = [
            b'{"result":{"elements":[',
            rendered.cut(start, stop),
            b'],"nextPage":%s},"meta":%s}' % (orjson.dumps(following), orjson.dumps(_meta(200))),
        ]
        return json_bytes(b"".join(page))

    def _window(self, request: Request) -> tuple[int, int]:
        maximum = self._limits.qualtrics_maximum_page
        size = request.query_params.get("pageSize", str(min(self._limits.qualtrics_page, maximum)))
        skip = request.query_params.get("skipToken", "0")
        if not size.isdecimal() or not 1 <= int(size) <= maximum:
            raise RefusalError(400, error(400, "QVAL_1", f"pageSize must be between 1 and {maximum}."))
        if not skip.isdecimal():
            raise RefusalError(400, error(400, "QVAL_1", "Invalid skipToken."))
        return int(skip), int(size)

    def _next_page(self, request: Request, skip: int) -> str:
        return str(request.url.include_query_params(skipToken=skip))

    def _survey(self, survey_id: str) -> str:
        if survey_id not in CATALOGUE:
            raise RefusalError(404, error(404, "SURVEY_1", f"No survey {survey_id or '(surveyId missing)'}."))
        return survey_id

    def _job(self, request: Request) -> Export:
        self._authenticate(request)
        progress_id = request.path_params["progress_id"]
        job = self._exports.job(self._survey(request.path_params["survey_id"]), progress_id)
        if job is None:
            raise RefusalError(404, error(404, "EXP_1", f"No export {progress_id}."))
        return job

    def _count_export(self) -> None:
        if not (asked := self._allowed.ask()).is_allowed:
            raise RefusalError(429, error(429), {"Retry-After": str(asked.wait)})

    def _authenticate(self, request: Request) -> None:
        if request.headers.get("x-api-token") != self._token:
            raise RefusalError(401, error(401))


def _meta(status: int) -> dict[str, str]:
    return {"httpStatus": f"{status} - {HTTPStatus(status).phrase}", "requestId": str(uuid4())}


def _result(result: Mapping[str, Any]) -> Response:
    return json_response({"result": result, "meta": _meta(200)})


def _wanted(survey_id: str, body: bytes, now: datetime) -> Wanted:
    """The export a request body asks for; raises RefusalError (400) for what Qualtrics does not accept."""
    asked = json_object(body)
    if asked is None:
        raise RefusalError(400, error(400, "JSON_1", "The body must be a JSON object."))
    for name, value in asked.items():
        kind = _EXPORT_PARAMETERS.get(name)
        if kind is None:
            raise RefusalError(400, error(400, "ERES_1", f"Unexpected JSON key found in request: '{name}'"))
        if not isinstance(value, kind):
            raise RefusalError(400, error(400, "ERES_2", f"Invalid value for '{name}': {value!r}"))
    if asked.get("format") not in ("ndjson", "json"):
        raise RefusalError(400, error(400, "ERES_3", "format must be ndjson or json."))
    return Wanted(
        survey_id=survey_id,
        now=now,
        as_json=asked["format"] == "json",
        compressed=asked.get("compress", True),
        by_modification=asked.get("sortByLastModifiedDate", False),
        allow_continuation=asked.get("allowContinuation", False),
        start=_moment(asked, "startDate"),
        end=_moment(asked, "endDate"),
        since_export=_continued(asked.get("continuationToken")),
    )


def _moment(asked: Mapping[str, Any], name: str) -> datetime | None:
    if name not in asked:
        return None
    try:
        return parse_moment(asked[name])
    except ValueError:
        message = f"{name} must be ISO 8601, such as {milliseconds(datetime(2026, 1, 31))}."
        raise RefusalError(400, error(400, "ERES_2", message)) from None


def _continued(token: str | None) -> datetime | None:
    if token is None:
        return None
    try:
        return parse_moment(base64.urlsafe_b64decode(token).decode())
    except ValueError:
        raise RefusalError(400, error(400, "ERES_4", "Invalid continuationToken.")) from None
