"""Surveys and persons: who an answer is, what its question's scale means, which invitations arrived.

All of it is loaded and built once, by two loaders and the models, and each case looks at its own records.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import orjson

from demo.server import serve
from demo.vendors.faults import Faults, Script
from demo.vendors.scripts import changed_records, refused
from expectations.dimensions import BUILT_IN
from expectations.recount import comparison, recount
from ingestion.load import load_source
from tests.cases.case import Case, Section
from tests.dbt.conftest import SIMULATED, Warehouse
from tests.demo.vendor_world import response, world

ANONYMOUS = (10, 9, 10, 8, 10, 9, 2)
SHOWN = (10, 9, 8, 7, 6, 0)
STATUSES = ("Failure", "Blocked", "Skipped", "Pending", "Duplicate", "Error", "Unknown")


def _answers() -> Iterator[str]:
    yield "response_id,score,responded_at,respondent_email,invitation_id,person_id"
    for day, score in enumerate(ANONYMOUS, start=1):
        yield f"anonymous-{day},{score},2025-01-{day:02}T10:00:00Z,anonymous,,"
    for day in range(1, 6):
        yield f"zero-{day},9,2025-01-{day:02}T10:00:00Z,,0,"
    yield "dated-1,9,2025-02-03,,I-dated,"
    for day, person in enumerate(("p7", "p7", "p8", "p9"), start=1):
        yield f"numbered-{day},9,2025-01-{day:02}T10:00:00Z,,,{person}"
    for number in range(6):
        yield f"arrived-{number},9,2025-03-05T10:00:00Z,,I-arrived-{number},"


def _invitations() -> Iterator[str]:
    yield "invitation_id,survey_id,sent_at,status"
    yield "I-dated,relationship,2025-02-03T09:00:00Z,"
    for number in range(6):
        yield f"I-arrived-{number},relationship,2025-03-01T09:00:00Z,Success"
    for status in STATUSES:
        yield f"I-{status},relationship,2025-03-01T09:00:00Z,{status}"


def _erasures() -> Iterator[str]:
    yield "erasure_id,requested_at,person_id"
    yield "E1,2025-06-01T00:00:00Z,p9"


def _definition(survey: str, **changes: Any) -> Script:
    def change(document: bytes) -> bytes:
        answer = orjson.loads(document)
        answer["result"]["Questions"]["QID1"] |= changes
        return orjson.dumps(answer)

    return Script(f"/survey-definitions/{survey}$", times=None, change=change)


def _displayed(*labels: object) -> list[dict[str, str]]:
    return [{"Display": str(label)} for label in labels]


def _without_questions(document: bytes) -> bytes:
    answer = orjson.loads(document)
    answer["result"]["Questions"] = []
    return orjson.dumps(answer)


def _in_rounds(record: dict[str, Any]) -> None:
    values = record["values"]
    values |= {"1_QID1": values.pop("QID1"), "2_QID1": 3}


LABELS = ("0 - Not at all likely", *range(1, 10), "10 - Extremely likely")
SCRIPTS = (
    _definition("SV_Relationship001", RecodeValues={str(at): str(at + 1) for at in range(11)}),
    _definition("SV_Onboarding0001", Choices=_displayed(*LABELS)),
    changed_records(r"SV_Adoption000001/export-responses/.+/file$", _in_rounds),
    _definition("SV_Support0000001", Choices=_displayed(*range(1, 11))),
    _definition("SV_BranchVisit001", Choices=_displayed("never", "perhaps", "surely")),
    refused("/survey-definitions/SV_Renewal0000001$", 403, times=None),
    Script("/survey-definitions/SV_Product0000001$", times=None, change=_without_questions),
)
RESPONSES = [
    *(response(at, at, str(shown + 1)) for at, shown in enumerate(SHOWN, start=1)),
    response(11, 1, "10", survey_id="SV_Onboarding0001"),
    response(12, 2, "0", survey_id="SV_Onboarding0001"),
    response(13, 1, "9", survey_id="SV_Adoption000001"),
    response(14, 1, "9", survey_id="SV_Support0000001"),
    response(15, 1, "2", survey_id="SV_BranchVisit001"),
    response(16, 1, "9", survey_id="SV_Renewal0000001"),
]


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@cache
def _built() -> Warehouse:
    home = Path(mkdtemp(prefix="nps-cases-"))
    for table, lines in (
        ("responses", _answers()),
        ("invitations", _invitations()),
        ("erasures", _erasures()),
    ):
        folder = home / "inbox" / "surveys" / table
        folder.mkdir(parents=True)
        (folder / "given.csv").write_text("\n".join(lines) + "\n", "utf-8")
    with serve(
        world({"responses": RESPONSES}), datetime(2026, 3, 1), Faults(scripts=list(SCRIPTS))
    ) as vendors:
        settings = {name: value for name, value in vendors.environment().items() if "QUALTRICS" in name}
        with _environment({"NPS_HOME": str(home), **settings}):
            load_source("files")
            load_source("qualtrics")
    Warehouse(home, ("salesforce", "stripe")).create_raw()
    warehouse = Warehouse(home, SIMULATED, "2026-03-01")
    warehouse.build(
        *(
            "--select",
            "+fct_survey_responses",
            "+fct_survey_invitations",
            "+fct_account_standings",
            "resource_type:seed",
        ),
        *("--exclude-resource-type", "unit_test", "test"),
    )
    return warehouse


def _said(condition: str) -> str:
    """How many answers there are by disposition and, of those counted, by band."""
    found = _built().query(
        "select coalesce(nps_band, disposition), count(*) from marts.fct_survey_responses"
        f" where {condition} group by 1 order by 2 desc, 1"
    )
    return ", ".join(f"{count} {what}" for what, count in found) or "nothing"


def _answered(condition: str) -> Callable[[Path], str]:
    return lambda _: _said(condition)


def _response_rate(_: Path) -> str:
    [[answered, delivered]] = _built().query(
        "select count(*) filter (where is_delivered and is_answered), count(*) filter (where is_delivered)"
        " from marts.fct_survey_invitations where source = 'files' and invitation_id <> 'i-dated'"
    )
    return f"rate {answered}/{delivered}"


def _quarantined(record: str) -> Callable[[Path], str]:
    def look(_: Path) -> str:
        found = _built().query(
            f"select detail from raw_qualtrics.quarantine where record_id = '{record}' order by origin"
        )
        return " · ".join(detail for (detail,) in found) or "nothing"

    return look


def _recounted(_: Path) -> str:
    """The same answers and invitations, worked out from raw by the guard's own hand."""
    again = recount(_built().path, date(2026, 3, 1), everything=True)
    with _built().connection() as opened:
        differences = [
            *comparison.of_answers(opened, again.rows, None, BUILT_IN),
            *comparison.of_invitations(opened, again.invitations, None, BUILT_IN),
        ]
    found = differences or "no difference"
    return f"{len(again.rows)} answers and {len(again.invitations)} invitations, {found}"


_SHARED = (
    "share it with the credentials, or leave it out: [qualtrics] in definition/left_out.toml, with a reason; "
    "it is read again once it can be"
)

CASES = [
    Case(
        Section.MEANING,
        "placeholders taken for a person",
        "seven rows with e-mail `anonymous`, scores 10, 9, 10, 8, 10, 9, 2",
        "seven counted",
        "1 counted, six `quarantine_window`",
        "5 promoter, 1 detractor, 1 passive",
        _answered("response_id like 'anonymous-%'"),
    ),
    Case(
        Section.MEANING,
        "placeholders taken for an invitation",
        "five people with `invitation_id` 0",
        "five persons counted",
        "1 counted, four `superseded`",
        "5 promoter",
        _answered("response_id like 'zero-%'"),
    ),
    Case(
        Section.MEANING,
        "the same day, one with a time",
        "invited 2025-02-03T09:00Z, answered `2025-02-03`",
        "counted",
        "`before_invitation`",
        "1 promoter",
        _answered("response_id like 'dated-%'"),
    ),
    Case(
        Section.MEANING,
        "a person identified by the company's own id",
        "`person_id` p7 twice within the window, p8 once, p9, who asked to be forgotten",
        "p7 counts once, p8 once, p9 is erased",
        "each answer is a separate person",
        "2 promoter, 1 erased, 1 quarantine_window",
        _answered("answer_key like 'files:relationship:numbered-%'"),
    ),
    Case(
        Section.MEANING,
        "recoded scales",
        'Qualtrics `RecodeValues {"0":"1",…,"10":"11"}`; people saw 10, 9, 8, 7, 6, 0',
        "2 promoters, 2 passives, 2 detractors, or refused",
        "10 off-scale, 8 promoter, 6 passive",
        "2 detractor, 2 passive, 2 promoter",
        _answered("survey_id = 'SV_Relationship001'"),
    ),
    Case(
        Section.MEANING,
        "a registered question on another scale",
        "a Qualtrics NPS question whose choices show 1 to 10",
        "refused: the question's own choices contradict the registry",
        "counted",
        "1 off_scale",
        _answered("survey_id = 'SV_Support0000001' and question_id = 'QID1'"),
    ),
    Case(
        Section.MEANING,
        "labelled choices",
        "`10 - Extremely likely` and `0 - Not at all likely` on an NPS question of Qualtrics",
        "2 answers",
        "no row, no message",
        "1 detractor, 1 promoter",
        _answered("survey_id = 'SV_Onboarding0001' and question_id = 'QID1'"),
    ),
    Case(
        Section.UNCLEAR,
        "an NPS question without numbers",
        "its choices show `never`, `perhaps`, `surely`",
        "reported",
        "no row, no message",
        "questions: QID1 of SV_BranchVisit001 is a scale whose choices do not each show one whole "
        "number, so no answer to it is read: label them `10` or `10 - Very likely`",
        _quarantined("SV_BranchVisit001:QID1"),
    ),
    Case(
        Section.MEANING,
        "loop and merge",
        '`{"1_QID1": 9, "2_QID1": 3}`',
        'scores, or "cannot be read"',
        "`unanswered`",
        "1 detractor, 1 promoter",
        _answered("survey_id = 'SV_Adoption000001'"),
    ),
    Case(
        Section.MEANING,
        "invitations that never arrived",
        "six that arrived and were answered, and one each of Failure, Blocked, Skipped, Pending, Duplicate, "
        "Error and Unknown",
        "rate 6/6",
        "rate 6/13 (in files always counted as delivered)",
        "rate 6/6",
        _response_rate,
    ),
    Case(
        Section.UNCLEAR,
        "a survey that answers 403",
        "one survey of seven is not shared with the token's user",
        "the others are loaded, and this one is named",
        "every run stops",
        f"surveys: survey SV_Renewal0000001 answered 403 when its questions were asked for: {_SHARED}",
        _quarantined("SV_Renewal0000001"),
    ),
    Case(
        Section.UNCLEAR,
        "a survey without questions",
        "`Questions: []`",
        "the others are loaded, and this one is named",
        "every run stops",
        "surveys: survey SV_Product0000001 has no questions: it will be read once it has questions",
        _quarantined("SV_Product0000001"),
    ),
    Case(
        Section.MEANING,
        "surveys and persons, recounted from raw",
        "all answers and invitations of these cases",
        "the guard's own reading agrees with the models",
        "the recount made the same mistakes",
        "37 answers and 14 invitations, no difference",
        _recounted,
    ),
]
