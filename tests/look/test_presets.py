"""The exports of each known tool are recognised by their headers, and counted right without another word."""

from pathlib import Path

import pytest

from look.presets import presets
from tests.ingestion.one_file import sheet_bytes
from tests.look import exports
from tests.look.looks import counts, look_into, said_of, sure

EXPORTS = {
    "Qualtrics": exports.qualtrics,
    "SurveyMonkey": exports.surveymonkey,
    "Typeform": exports.typeform,
    "Delighted": exports.delighted,
    "Google Forms": exports.google_forms,
    "Zendesk": exports.zendesk,
    "AskNicely": exports.asknicely,
    "CustomerGauge": exports.customergauge,
    "Satmetrix / NICE": exports.satmetrix,
    "InMoment": exports.inmoment,
    "Hello Customer": exports.hello_customer,
}
LEGACY = b"""\xef\xbb\xbfV1,V2,V3,V5,V7,V8,V9,V10,Q1,
ResponseID,ResponseSet,Name,EmailAddress,Status,StartDate,EndDate,Finished,How likely are you to recommend?,
R_1,Default,Anon,,0,2025-03-11 08:28:09,2025-03-11 08:28:48,1,9,
R_2,Default,Anon,,0,2025-03-12 08:28:09,2025-03-12 08:28:48,1,2,
R_3,Default,Anon,,1,2025-03-12 08:28:09,2025-03-12 08:28:48,1,2,
"""


@pytest.mark.parametrize("tool", EXPORTS)
def test_an_export_is_recognised_and_counted(tool: str, tmp_path: Path) -> None:
    look = look_into(tmp_path, EXPORTS[tool]())
    assert said_of(look, "tool").startswith(tool)
    assert counts(look) == (exports.PROMOTERS, exports.PASSIVES, exports.DETRACTORS)
    assert sure(look, "score")
    assert not look.findings.blocking
    assert look.judgement is not None
    assert not look.judgement.quarantined
    assert not look.judgement.excluded


def test_every_preset_has_an_export_and_says_what_it_was_checked_against() -> None:
    assert {preset.tool for preset in presets()} == {*EXPORTS, "Microsoft Forms", "Qualtrics (legacy export)"}
    assert all(preset.checked for preset in presets())


def test_qualtrics_writes_its_zone_into_the_third_header_row(tmp_path: Path) -> None:
    look = look_into(tmp_path, exports.qualtrics())
    assert look.proposal.settings["header_row"] == 4  # the second has a line end in a cell
    assert look.proposal.settings["timezone"] == "America/Denver"
    assert look.proposal.columns["score"] == '{"ImportId": "QID1"}'
    assert """score = '{"ImportId": "QID1"}'  # Q1: How likely""" in look.proposal.toml
    assert '1 rows whose "Status" is Survey Preview are left out' in said_of(look, "rows")
    assert "Survey Preview" not in str(look.proposal.sections["rows"])


def test_a_legacy_export_of_qualtrics(tmp_path: Path) -> None:
    look = look_into(tmp_path, LEGACY)
    assert said_of(look, "tool").startswith("Qualtrics (legacy")
    assert counts(look) == (1, 0, 1)


def test_surveymonkey_names_its_columns_in_the_row_above(tmp_path: Path) -> None:
    look = look_into(tmp_path, exports.surveymonkey())
    assert look.proposal.columns["responded_at"] == "column_4"
    assert 'responded_at = "column_4"  # End Date' in look.proposal.toml
    assert 'score = "Response"  # How likely is it' in look.proposal.toml
    assert look.proposal.settings["date_order"] == "mdy"
    assert "month first" in said_of(look, "date order")


def test_scores_of_satisfaction_are_left_out_of_delighted(tmp_path: Path) -> None:
    look = look_into(tmp_path, exports.delighted())
    assert look.proposal.sections["rows"] == {"Survey Type": ["NPS"]}
    assert "3 others are left out" in said_of(look, "rows")
    assert "2026-06-30" in said_of(look, "tool")


def test_microsoft_forms_numbers_its_own_answers(tmp_path: Path) -> None:
    look = look_into(tmp_path, sheet_bytes(*exports.microsoft_forms()), "forms.xlsx")
    assert said_of(look, "tool").startswith("Microsoft Forms")
    assert look.proposal.columns["response_id"] == ["@file", "ID"]
    assert "respondent_email" not in look.proposal.columns
    assert counts(look) == (exports.PROMOTERS, exports.PASSIVES, exports.DETRACTORS)


@pytest.mark.parametrize("stamp", ["Zeitstempel", "Horodateur", "Carimbo de data/hora", "Sygnatura czasowa"])
def test_google_forms_speaks_its_users_language(stamp: str, tmp_path: Path) -> None:
    look = look_into(tmp_path, exports.google_forms(stamp))
    assert said_of(look, "tool").startswith("Google Forms")
    assert counts(look) == (exports.PROMOTERS, exports.PASSIVES, exports.DETRACTORS)
