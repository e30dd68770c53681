"""A survey that is left out is not asked for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from demo.server import VendorServers
from demo.vendors import scripts, typeform
from ingestion.surveys.configured import scored
from ingestion.surveys.left_out import FILE, left_out
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
