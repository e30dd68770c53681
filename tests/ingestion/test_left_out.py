"""A survey that cannot be read names the way out, and one that is left out is not asked for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from demo.server import VendorServers
from demo.vendors import scripts, typeform
from ingestion.errors import RefusedError, SourceError
from ingestion.surveys.configured import scored
from ingestion.surveys.left_out import FILE, left_out, one_survey
from ingestion.surveys.qualtrics_api import Qualtrics

from .conftest import Extracted


@pytest.fixture
def leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Write the choice of a company."""
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path))

    def write(text: str) -> None:
        (tmp_path / FILE).parent.mkdir()
        (tmp_path / FILE).write_text(text, "utf-8")

    return write


@pytest.mark.parametrize("status", [403, 404])
def test_a_survey_that_cannot_be_read_names_the_way_out(status: int) -> None:
    with pytest.raises(RefusedError) as refused, one_survey("typeform", "abc"):
        raise SourceError("typeform", "https://x/forms/abc", f"answered {status}: no", "ask", status)
    said = str(refused.value)
    assert said.startswith("typeform: survey abc cannot be read (https://x/forms/abc answered ")
    assert said.endswith("leave it out: [typeform] in definition/left_out.toml, with a reason")


def test_what_is_wrong_with_all_surveys_is_about_none() -> None:
    with pytest.raises(SourceError) as failed, one_survey("typeform", "abc"):
        raise SourceError("typeform", "https://x/forms/abc", "answered 503: no", "run again", 503)
    assert "left_out" not in str(failed.value)


def test_only_the_others_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, leaves_out: Callable[[str], None]
) -> None:
    for name, value in typeform.settings("http://127.0.0.1:9").items():
        monkeypatch.setenv(name, value)
    every = [*scored("typeform", "forms")]
    leaves_out(f'[typeform]\n"{every[0]}" = "it was closed"\n')
    assert [*scored("typeform", "forms")] == every[1:]
    assert left_out("surveymonkey") == {}


def test_qualtrics_is_read_without_it(
    vendors: VendorServers,
    extract: Callable[[str, str], Extracted],
    leaves_out: Callable[[str], None],
) -> None:
    every = Qualtrics().survey_ids
    leaves_out(f'[qualtrics]\n"{every[0]}" = "it belongs to another company"\n')
    vendors.faults.script(scripts.refused(rf"/survey-definitions/{every[0]}$", 500, times=None))
    assert Qualtrics().survey_ids == every[1:]
