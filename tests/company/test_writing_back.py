"""What a company says of its outbox: mistakes have their line, nothing leaves unasked, secrets stay apart."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from company import checking, writing_back
from company.folder import CONFIG, SECRETS

SALESFORCE = (
    '[outbox.salesforce]\nmode = "dry_run"\nsince = 2026-12-01\nbase_url = "https://acme.my.crm.example"\n'
)
WEBHOOK = '[outbox.webhook]\nmode = "on"\nsince = 2026-12-01\nurl = "https://acme.example/tasks"\n'

# what somebody wrote at the end → the text of the line that is named, and the problem
SPOILT = {
    "another target": ("[outbox.fax]\n", "[outbox.fax]", 'cannot be written to "fax"'),
    "no mode": (SALESFORCE.replace('mode = "dry_run"\n', ""), "[outbox.salesforce]", "mode is None"),
    "another mode": (SALESFORCE.replace("dry_run", "yes"), 'mode = "yes"', "mode is 'yes'"),
    "since when": (
        SALESFORCE.replace("2026-12-01", '"ever"'),
        'since = "ever"',
        "since is 'ever'",
    ),
    "a moment": (
        SALESFORCE.replace("2026-12-01", "2026-12-01T08:00:00"),
        "since = 2026-12-01T08:00:00",
        "since is datetime",
    ),
    "another setting": (f"{SALESFORCE}owner = 1\n", "owner = 1", "has no setting owner"),
    "no state": (
        f'{SALESFORCE}[outbox.salesforce.states]\n"In Review" = "contacted"\n"Done" = "done"\n',
        '"Done" = "done"',
        "the status Done stands for 'done'",
    ),
    "states of a webhook": (
        WEBHOOK.replace('"on"', '"dry_run"') + "states = {}\n",
        "states = {}",
        "has no setting states",
    ),
    "states that are none": (f"{SALESFORCE}states = 1\n", "states = 1", "the status states stands for 1"),
    "a secret among settings": (
        f'{SALESFORCE}client_secret = "x"\n',
        'client_secret = "x"',
        "client_secret is a secret",
    ),
    "not encrypted": (
        SALESFORCE.replace("https", "http"),
        'base_url = "http://acme.my.crm.example"',
        "base_url is",
    ),
    "a password in the address": (
        SALESFORCE.replace("acme.my", "ann:x@acme.my"),
        'base_url = "https://ann:x@acme.my.crm.example"',
        "base_url is",
    ),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_mistake_is_named_with_its_line(folder: Path, spoilt: str) -> None:
    added, line, problem = SPOILT[spoilt]
    text = (folder / CONFIG).read_text("utf-8") + added
    (folder / CONFIG).write_text(text, "utf-8")
    [mistake] = checking.judge(folder)
    assert (mistake.file, problem in mistake.problem) == (CONFIG, True), mistake
    assert text.splitlines()[mistake.line - 1] == line


def test_nothing_leaves_where_nothing_is_said(folder: Path) -> None:
    assert checking.judge(folder) == []
    assert writing_back.targets(folder) == []


def test_what_is_written_needs_credentials_and_a_dry_run_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder / CONFIG).open("a") as config:
        config.write(SALESFORCE + WEBHOOK)
    [mistake] = checking.judge(folder)
    assert (mistake.file, mistake.problem) == (SECRETS, "webhook has no secret to write with")
    monkeypatch.setenv("OUTBOX__WEBHOOK__SECRET", "whsec_not base64")
    [mistake] = checking.judge(folder)
    assert "does not go on in base64" in mistake.problem
    monkeypatch.setenv("OUTBOX__WEBHOOK__SECRET", "of the environment")
    assert checking.judge(folder) == []
    rehearsed, on = writing_back.targets(folder)
    assert (rehearsed.name, rehearsed.is_on, rehearsed.since) == ("salesforce", False, date(2026, 12, 1))
    assert (on.is_on, on.settings["secret"]) == (True, "of the environment")
    assert "of the environment" not in repr(on)


def test_secrets_are_read_and_judged(folder: Path) -> None:
    with (folder / CONFIG).open("a") as config:
        config.write(WEBHOOK)
    (folder / SECRETS).write_text('[outbox.webhook]\nsecret = "of the file"\n')
    (folder / SECRETS).chmod(0o600)
    assert checking.judge(folder) == []
    assert writing_back.targets(folder)[0].settings["secret"] == "of the file"
    with (folder / SECRETS).open("a") as secrets:
        secrets.write('key = "x"\n[outbox.fax]\nnumber = "1"\n')
    assert [(each.file, each.line) for each in checking.judge(folder)] == [(SECRETS, 3), (SECRETS, 5)]
