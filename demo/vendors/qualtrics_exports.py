"""Qualtrics' response export jobs: started, polled, kept for a while as a file.

Belongs here: the life of an export and the line a response becomes. Does not belong here: routes and
parameters (`demo.vendors.qualtrics`).
"""

import io
import zipfile
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from demo.vendors.records import Records, Rendered, naive, visible

KEPT_EXPORTS = 16

# Qualtrics works the group out when the answer is recorded and writes it as a number or as a label.
_NPS_GROUP = """
case
    when survey_id = 'SV_Product0000001' or not regexp_full_match(score_text, '[0-9]|10') then ''
    when substr(md5(response_id), 1, 1) < '8' then ',"QID1_NPS_GROUP":'
        || case when score_text::int >= 9 then '3' when score_text::int >= 7 then '2' else '1' end
    else ',"QID1_NPS_GROUP":'
        || case when score_text::int >= 9 then '"Promoter"' when score_text::int >= 7 then '"Passive"'
            else '"Detractor"' end
end
"""

_LINE = f"""
'{{' || member('responseId', response_id) || ',"values":{{' || member('_recordId', response_id)
|| ',' || member('startDate', iso(started_at)) || ',' || member('endDate', iso(ended_at))
|| ',' || member('recordedDate', iso(recorded_at)) || ',' || member('lastModifiedDate', iso(visible_at))
|| ',' || member('status', status) || ',' || member('progress', progress)
|| ',' || member('duration', duration_seconds) || ',' || member('finished', is_finished::int)
|| member_if_given('distributionChannel', distribution_channel)
|| member_if_given('userLanguage', user_language)
|| member_if_given('externalDataReference', external_reference)
|| coalesce(',"QID1":' || score_text || {_NPS_GROUP}, '')
|| member_if_given('QID2_TEXT', comment) || coalesce(',"QID3":' || other_score_text, '')
|| member_if_given('AccountId', account_id) || member_if_given('ContactId', contact_id)
|| member_if_given('Email', email) || member_if_given('BranchId', branch_id)
|| member_if_given('EventAt', iso(event_at)) || member_if_given('EmployeeId', employee_id)
|| member_if_given('DeviceId', device_id) || member_if_given('InvitationId', invitation_id)
|| '}},"labels":{{}},"displayedFields":[],"displayedValues":{{}}}}'
"""


@dataclass(frozen=True)
class Wanted:
    """What an export asks for; moments are aware UTC, `since_export` is the continuation's moment."""

    survey_id: str
    now: datetime
    as_json: bool
    compressed: bool
    by_modification: bool
    allow_continuation: bool
    start: datetime | None = None
    end: datetime | None = None
    since_export: datetime | None = None


@dataclass
class Export:
    """A job: its file is ready when `file` is done and it was polled often enough."""

    wanted: Wanted
    file_id: str
    file: Future[bytes]
    polls_left: int

    def poll(self) -> bool:
        """Whether the export is complete; each call is one poll."""
        if self.polls_left > 0:
            self.polls_left -= 1
            return False
        return self.file.done()


class Exports:
    """All jobs of a running server; the last `KEPT_EXPORTS` can be polled and downloaded."""

    def __init__(self, records: Records, polls: int) -> None:
        self._records = records
        self._polls = polls
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="qualtrics-export")
        self._jobs: OrderedDict[str, Export] = OrderedDict()
        self._started = 0
        self._lock = Lock()

    def start(self, wanted: Wanted) -> str:
        """Begin an export and return its progress id."""
        with self._lock:
            self._started += 1
            progress_id = f"ES_{self._started:015d}"
            file_id = f"{self._started:08d}-0000-4000-8000-000000000000-def"
            job = Export(wanted, file_id, self._pool.submit(self._make_file, wanted), self._polls)
            self._jobs[progress_id] = job
            while len(self._jobs) > KEPT_EXPORTS:
                self._jobs.popitem(last=False)
        return progress_id

    def job(self, survey_id: str, progress_id: str) -> Export | None:
        """The survey's export with this progress id, if it is still kept."""
        with self._lock:
            job = self._jobs.get(progress_id)
        return job if job is not None and job.wanted.survey_id == survey_id else None

    def finished(self, survey_id: str, file_id: str) -> Export | None:
        """The survey's completed export with this file id, if it is still kept."""
        with self._lock:
            jobs = [job for job in self._jobs.values() if job.file_id == file_id]
        return next((job for job in jobs if job.wanted.survey_id == survey_id and job.file.done()), None)

    def counts(self, survey_id: str, now: datetime) -> dict[str, int]:
        """A survey's responses as its `responseCounts` have them; nothing is ever deleted here."""
        query = f"""
            select response_id as id, (status = 2)::int::varchar as text
            from {visible("responses")}
            where survey_id = $survey_id
            qualify row_number() over (partition by response_id order by position) = 1
        """
        rendered = self._records.render(query, {"survey_id": survey_id, "now": naive(now)}, keep=False)
        generated = bytes(rendered.cut(0, len(rendered))).count(b"1")
        return {"auditable": len(rendered) - generated, "generated": generated, "deleted": 0}

    def _make_file(self, wanted: Wanted) -> bytes:
        rendered = self._render(wanted)
        rows = rendered.cut(0, len(rendered))
        document: list[bytes | memoryview]
        if wanted.as_json:
            document, name = [b'{"responses":[', rows, b"]}"], f"{wanted.survey_id}.json"
        else:
            document, name = [rows, b"\n" if len(rendered) else b""], f"{wanted.survey_id}.ndjson"
        if not wanted.compressed:
            return b"".join(document)
        packed = io.BytesIO()
        with (
            zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open(name, "w", force_zip64=True) as member,
        ):
            for part in document:
                member.write(part)
        return packed.getvalue()

    def _render(self, wanted: Wanted) -> Rendered:
        moment = "visible_at" if wanted.by_modification else "recorded_at"
        bounds = {
            f"{moment} >= $start": wanted.start,
            f"{moment} < $end": wanted.end,
            "first_visible_at > $since_export": wanted.since_export,
        }
        values: dict[str, object] = {"survey_id": wanted.survey_id, "now": naive(wanted.now)}
        conditions = ["survey_id = $survey_id"]
        for condition, bound in bounds.items():
            if bound is not None:
                conditions.append(condition)
                values[condition.rpartition("$")[2]] = naive(bound)
        separator = "," if wanted.as_json else "\\n"
        query = f"""
            select response_id as id, {_LINE} || E'{separator}' as text
            from {visible("responses")}
            where {" and ".join(conditions)}
            order by {moment} desc, position
        """
        return self._records.render(query, values, keep=False)
