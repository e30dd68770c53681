"""Qualtrics' API v3: lists page by page, survey definitions, response exports.

Belongs here: requests and what their answers must have. Does not belong here: tables, cursors and the order
of a load (`qualtrics.py`).
"""

import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, BinaryIO, Final

import orjson

from ingestion import warehouse
from ingestion.arrow import dig
from ingestion.bodies import TooLargeError, Unpacking
from ingestion.counting import counted_lines
from ingestion.http import VendorClient, parsed
from ingestion.landing import BATCH_ROWS
from ingestion.ndjson import read_line
from ingestion.pages import Page, member_text, whole_text
from ingestion.paging import Following, pages
from ingestion.surveys.configured import own_names
from ingestion.surveys.left_out import left_out
from ingestion.surveys.qualtrics_tables import EMBEDDED_DATA
from ingestion.surveys.unreadable import Unreadable

NAME: Final = "qualtrics"
_FIRST_POLL_SECONDS: Final = 0.05
_LAST_POLL_SECONDS: Final = 5.0
#: An export that has been complete for long is noticed late by a quarter of its making at the most.
_LONGER_EACH_TIME: Final = 1.25


def export_path(survey_id: str) -> str:
    """The path of a survey's exports; also what its quarantined responses name as their origin."""
    return f"/API/v3/surveys/{survey_id}/export-responses"


def sent_at(distribution: Mapping[str, Any]) -> datetime | None:
    """When a distribution was sent; a moment that cannot be read counts as recent."""
    try:
        moment = datetime.fromisoformat(distribution.get("sendDate"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Definition:
    """A survey's definition: its modification time, its questions parsed and as text."""

    modified: Any
    questions: Mapping[str, Any]
    texts: Mapping[str, str]


class Qualtrics:
    """The API: its pages, definitions and exports."""

    def __init__(self, is_whole: bool = False) -> None:
        self._is_whole = is_whole
        token = warehouse.required_setting(NAME, "api_token")
        base_url = warehouse.required_setting(NAME, "base_url")
        self.client = VendorClient(NAME, base_url, lambda: {"X-API-TOKEN": token})
        configured = warehouse.setting(NAME, "embedded_data", {})
        self.embedded = own_names("sources.qualtrics.embedded_data", EMBEDDED_DATA, configured)
        self.overlap = timedelta(minutes=float(warehouse.setting(NAME, "overlap_minutes", 60)))
        self.reread = timedelta(days=float(warehouse.setting(NAME, "reread_days", 60)))
        self._page_size = int(warehouse.setting(NAME, "page_size", 500))
        self._patience = float(warehouse.setting(NAME, "export_timeout_seconds", 3600))
        self._definitions: dict[str, Definition] = {}
        self.unreadable = self.passing_over()
        self.empty: list[str] = []

    def passing_over(self) -> Unreadable:
        """For what is read of each survey; a month of a backfill passes over none."""
        return Unreadable(NAME, "/API/v3/surveys/{}", self._is_whole)

    def elements(self, path: str, **params: str) -> Iterator[Page]:
        """The pages of a list (`result.elements`), following `result.nextPage`."""
        query = {**params, "pageSize": self._page_size}
        return pages(
            self.client,
            path,
            query,
            "result.elements",
            lambda page: Following.at(page.envelope.get("nextPage")),
        )

    def listed(self, path: str, **params: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """A list's records by their ids. What hangs on one without an id would be missing unnoticed."""
        for record in (record for page in self.elements(path, **params) for record in page.records):
            if type(record_id := dig(record, "id")) is not str:
                raise self.client.error(path, f"lists something without an id: {record!r:.100}")
            yield record_id, record

    @cached_property
    def surveys(self) -> dict[str, str]:
        """What the vendor's list says of each survey that the token sees."""
        return {survey_id: orjson.dumps(each).decode() for survey_id, each in self.listed("/API/v3/surveys")}

    @cached_property
    def survey_ids(self) -> list[str]:
        """Of all surveys whose definition can be read and asks something, and that the company does not leave
        out; the others are in `unreadable` and `empty`."""
        without = left_out(NAME)
        wanted = [survey_id for survey_id in self.surveys if survey_id not in without]
        for survey_id in wanted:
            with self.unreadable.reading(survey_id):
                if not self.definition(survey_id).questions:
                    self.empty.append(survey_id)
        self.unreadable.unless_all(len(wanted) - len(self.empty))
        return [each for each in wanted if each not in self.unreadable and each not in self.empty]

    def definition(self, survey_id: str) -> Definition:
        """A survey's definition, asked for once a load."""
        if survey_id not in self._definitions:
            path = f"/API/v3/survey-definitions/{survey_id}"
            text = member_text(self.client.get(path, read=whole_text), "result") or "{}"
            questions = member_text(text, "Questions")
            held = parsed(questions) if questions else None
            if questions is None or type(held) is not dict:
                if held != []:  # a survey without a question, as it is written where others have an object
                    raise self.client.error(
                        path, "sent a definition without `Questions`", "check the token's rights", status=404
                    )
                held = {}
            texts = {name: member_text(str(questions), name) or "" for name in held}
            self._definitions[survey_id] = Definition(parsed(text).get("LastModified"), held, texts)
        return self._definitions[survey_id]

    def counted(self, survey_id: str) -> int:
        """How many responses Qualtrics counts in a survey, without deleted ones: `auditable` are those of
        people, previews among them, and `generated` those of its tool for tests."""
        path = f"/API/v3/surveys/{survey_id}"
        counts = self._result(path, self.client.get(path)).get("responseCounts")
        held = [dig(counts, kind) for kind in ("auditable", "generated")]
        if any(type(count) is not int for count in held):
            raise self.client.error(
                path, "sent a survey without `responseCounts`", "check the token's rights"
            )
        return sum(held)

    def export(self, survey_id: str, since: datetime | None, until: datetime | None = None) -> BinaryIO:
        """The responses modified since then and before `until`, as a zip file on disk; deleted when it is
        closed."""
        path = export_path(survey_id)
        body: dict[str, Any] = {"format": "ndjson", "sortByLastModifiedDate": True}
        for name, moment in (("startDate", since), ("endDate", until)):
            if moment is not None:
                body[name] = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        job = self._result(path, self.client.post(path, body))
        file_id = self._finished(f"{path}/{job.get('progressId')}")
        return self.client.archive(f"{path}/{file_id}/file")

    def exported_lines(self, survey_id: str, export: BinaryIO) -> Iterator[list[bytes]]:
        """The lines of an export, some thousands at a time."""
        path, unpacking = export_path(survey_id), Unpacking(self.client.limits)
        try:
            with zipfile.ZipFile(export) as archive:
                for member in archive.namelist():
                    yield from counted_lines(archive, member, BATCH_ROWS, unpacking)
        except (zipfile.BadZipFile, zlib.error, EOFError) as failure:
            raise self.client.error(path, f"sent a damaged zip file ({failure})") from failure
        except TooLargeError as failure:
            raise self.client.beyond(path, f"sent {failure}", failure.limit) from failure

    def exported_ids(self, survey_id: str) -> set[str]:
        """The ids of all responses in an export of a survey."""
        with self.export(survey_id, since=None) as export:
            lines = [line for each in self.exported_lines(survey_id, export) for line in each]
        return {str(dig(read_line(line), "responseId")) for line in lines}

    def _finished(self, path: str) -> str:
        """The file's id, once the export is complete."""
        delay, until = _FIRST_POLL_SECONDS, time.monotonic() + self._patience
        while time.monotonic() < until:
            progress = self._result(path, self.client.get(path))
            if progress.get("status") == "complete" and type(progress.get("fileId")) is str:
                return str(progress["fileId"])
            if progress.get("status") == "failed":
                raise self.client.error(path, "says that the export failed")
            time.sleep(delay)
            delay = min(_LONGER_EACH_TIME * delay, _LAST_POLL_SECONDS)
        raise self.client.error(path, f"was not complete after {self._patience:g} seconds")

    def _result(self, path: str, answer: Any) -> dict[str, Any]:
        result = answer.get("result") if type(answer) is dict else None
        if type(result) is not dict:
            raise self.client.error(path, "sent a response without `result`", "check `base_url`")
        return result
