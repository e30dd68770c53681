"""Where a key is configured, it signs or nothing is published; it is nobody else's and not in the state."""

from __future__ import annotations

import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from company import checking, witnessing, writing
from company.witnessing import KEYS
from orchestration import environment, failures, preflight, signing
from orchestration.cli import app
from orchestration.defs import witnesses as step
from orchestration.environment import ConfigurationError
from tests.companies import seal
from tests.witness import books
from witness import keys

TODAY = datetime.now(UTC).date()


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company that names a place for its key, and has made none yet."""
    writing.write(tmp_path / "acme")
    with (tmp_path / "acme" / "config.toml").open("a") as config:
        config.write(f'\n[publication.signing]\nkey = "{tmp_path}/etc/acme.key"\n')
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path / "acme"))
    return tmp_path / "acme"


def listed(company: Path, text: str) -> None:
    (company / KEYS).write_text(text)
    seal(company, "signing_keys")


def test_a_key_is_made_listed_approved_and_signs(company: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["keys", "new"])
    assert done.exit_code == 0, done.output
    path = tmp_path / "etc" / "acme.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.private(path).key in done.output
    [mistake] = checking.judge(company)
    assert mistake.problem == "nobody has approved signing_keys"
    with pytest.raises(ConfigurationError, match="nobody has approved signing_keys"):
        preflight.refuse(environment.home())
    seal(company, "signing_keys")
    preflight.refuse(environment.home())
    signer = signing.signer(environment.home(), company)
    assert signer is not None
    assert signer.key == keys.private(path).key
    again = CliRunner().invoke(app, ["keys", "new"])
    assert again.exit_code == 2
    assert "a key is never overwritten" in " ".join(again.output.split())


def test_without_a_section_nothing_is_signed(company: Path) -> None:
    config = company / "config.toml"
    config.write_text(config.read_text().partition("[publication.signing]")[0])
    assert signing.signer(environment.home(), company) is None
    done = CliRunner().invoke(app, ["keys", "new"])
    assert (done.exit_code, "names no place for a key" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.chmod(0o644), "others may read the key"),
        (lambda path: path.write_bytes(b"rubbish"), "holds no private key"),
    ],
    ids=["gone", "open", "rubbish"],
)
def test_a_key_that_cannot_sign_stops_what_would_publish(
    company: Path, tmp_path: Path, spoil: object, message: str
) -> None:
    made = keys.new(tmp_path / "etc" / "acme.key")
    listed(company, keys.entry(made, TODAY))
    preflight.refuse(environment.home())
    assert callable(spoil)
    spoil(tmp_path / "etc" / "acme.key")
    with pytest.raises(ConfigurationError, match=message):
        preflight.refuse(environment.home())


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ({"until": TODAY}, "not in force"),
        ({"revoked_at": TODAY + timedelta(days=1)}, "not in force"),
        (None, "does not list"),
    ],
    ids=["ended", "revoked", "another"],
)
def test_a_key_that_is_not_in_force_stops_it_too(
    company: Path, tmp_path: Path, days: dict[str, date] | None, message: str
) -> None:
    keys.new(tmp_path / "etc" / "acme.key")
    own = keys.private(tmp_path / "etc" / "acme.key")
    if days is None:
        keys.new(tmp_path / "other.key")
        own, days = keys.private(tmp_path / "other.key"), {}
    listed(company, books.entry(own, **days))
    with pytest.raises(ConfigurationError, match=message):
        preflight.refuse(environment.home())


def test_a_key_in_the_state_folder_is_refused(company: Path, state: Path) -> None:
    config = company / "config.toml"
    config.write_text(config.read_text().replace(str(state.parent / "etc"), str(state)))
    done = CliRunner().invoke(app, ["keys", "new"])
    assert done.exit_code == 2
    assert "lies in the state folder" in done.output
    assert not state.exists() or not (state / "acme.key").exists()


def test_the_step_fails_for_a_witness_that_is_away_and_for_one_that_saw_another_head(
    company: Path, state: Path, tmp_path: Path
) -> None:
    assert not step.defs().assets, "without a witness there is no such step"
    with (company / "config.toml").open("a") as config:
        config.write(f'[publication.witnesses.store]\nfolder = "{tmp_path}/store"\n')
    books.written(state)
    assert [each.name for each in witnessing.witnesses(company)] == ["store"]

    def run() -> dg.ExecuteInProcessResult:
        assets = list(step.defs().assets or ())
        return dg.materialize(assets, raise_on_error=False)  # type: ignore[arg-type]

    (tmp_path / "store").mkdir()
    assert run().success
    assert len([*(tmp_path / "store").iterdir()]) == 3
    books.rewritten(state, None)
    failed = failures.first_failure(run().get_step_failure_events())
    assert failed is not None
    assert "publication 2 is the first that differs" in failed[1]
