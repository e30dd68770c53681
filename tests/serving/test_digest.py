"""A digest says what is new within a scope, and reaches people by SMTP and webhooks, once each."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from company import checking, writing
from orchestration import failures
from orchestration.defs import digests as step
from publication import content, versions
from serving.digest import Mail, Scope, Subscription, digest, forms, send
from tests.serving.postgresql import publication
from witness import record, seen
from witness.keys import PrivateKey
from witness.record import Record
from witness.seen import Seen

TABLES = """
    create or replace table nps_scores as
    select
        'relationship' as survey_type, 'in_period' as measure, grain as period_grain,
        date '2025-01-01' as period_start, date '2026-01-01' as period_end, segment, '(all)' as plan,
        branch, region, '2026.1' as definition_version, 40::bigint as responses, nps::double as nps,
        nps - 10.0::double as nps_low, nps + 10.0::double as nps_high,
        if(nps is null, 'suppressed', 'indicative') as reportability, change::double as nps_change,
        q::double as change_q_value, name as branch_name
    from (values
        ('trailing_365d', 'company', '(all)', '(all)', 36.84, null, null, '(all)'),
        ('trailing_365d', 'branch', 'B1', '(all)', 41.2, null, null, 'Lyon <b>&</b> *Sud*'),
        ('trailing_365d', 'branch', 'B3', '(all)', null, null, null, 'Rome'),
        ('trailing_365d', 'region', '(all)', 'South', 11.1, null, null, '(all)'),
        ('month', 'company', '(all)', '(all)', 30.0, -6.84, 0.004, '(all)'),
        ('month', 'branch', 'B1', '(all)', 50.0, 9.0, 0.05, 'Lyon <b>&</b> *Sud*'),
        ('month', 'branch', 'B2', '(all)', 20.0, 1.0, 0.06, 'Oslo'),
        ('month', 'branch', 'Unassigned', '(all)', 21.0, 8.88, 0.001, 'Unassigned'),
        ('quarter', 'branch', 'B3', '(all)', 12.3, -21.0, 0.01, 'Rome')
    ) as cells (grain, segment, branch, region, nps, change, q, name);
    create or replace table branch_scorecards as
    select 'relationship' as survey_type, '2026.1' as definition_version, *
    from (values
        ('B1', 'Lyon <b>&</b> *Sud*', 'North', 'above'), ('B2', 'Oslo', 'North', 'below'),
        ('B3', 'Rome', 'South', 'below')
    ) as cards (branch, branch_name, region, standing);
    create table restatements as
    select
        7::bigint as sequence, 'relationship' as survey_type, 'in_period' as measure, 'year' as period_grain,
        date '2024-01-01' as period_start, date '2025-01-01' as period_end, segment, branch, region,
        cause, before::double as previous_nps, after::double as nps
    from (values
        ('company', '(all)', '(all)', 'late_answer', 30.0, 31.0), ('branch', 'B3', '(all)', 'edit', 8.8, 7.7)
    ) as cells (segment, branch, region, cause, before, after);
    insert into restatements by name (select * replace (6 as sequence, 99.9 as nps) from restatements);
"""
EVERYTHING, LYON, NORTH = Scope(), Scope(branches=("B1",)), Scope(regions=("North",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return publication(tmp_path / "published" / "versions" / "v7", 7, TABLES)


def test_it_says_what_is_new_and_nothing_else(folder: Path) -> None:
    text = forms.text(digest(folder, EVERYTHING))
    assert text.startswith("NPS as of 2026-01-01: 36.8 (relationship), 3 changes beyond noise\n")
    assert "- the company (relationship): 36.8, 95 % interval 26.8 to 46.8, 40 answers" in text
    assert "- the company (relationship), 2025-01: -6.8 to 30.0 (q <0.01)" in text
    assert "- Rome (relationship), 2025-Q1: -21.0 to 12.3 (q 0.01)" in text
    assert "Oslo (relationship), 2025-01" not in text
    assert "Restated: 2 figures" in text
    assert "- the company (relationship), 2024: 30.0 is now 31.0 (late_answer)" in text
    assert "99.9" not in text
    assert "Unassigned" not in text
    assert "- Oslo (relationship) is below the rest of the company" in text
    assert text.rstrip().endswith(f"number 7 of the ledger, head {7:064d}, not signed")


@pytest.mark.parametrize(
    ("scope", "own", "others"),
    [
        (LYON, "Lyon", ("Rome", "Oslo", "South", "12.3", "7.7")),
        (NORTH, "Oslo", ("Rome", "South", "12.3", "7.7")),
    ],
)
def test_a_reader_is_told_of_nobody_else(
    folder: Path, scope: Scope, own: str, others: tuple[str, ...]
) -> None:
    said = digest(folder, scope)
    for form in (
        forms.text(said),
        forms.html(said),
        json.dumps(forms.slack(said)),
        json.dumps(forms.teams(said)),
    ):
        assert own in form
        assert "36.8" in form
        assert not [other for other in others if other in form]


def test_a_branch_that_is_called_like_a_region_is_not_taken_for_it(folder: Path) -> None:
    with duckdb.connect(folder / content.DATABASE_NAME) as connection:
        connection.execute("update branch_scorecards set branch = 'North' where branch = 'B3'")
    assert [row["name"] for row in digest(folder, NORTH).below] == ["Oslo"]


def test_nothing_is_said_of_a_suppressed_figure(folder: Path) -> None:
    text = forms.text(digest(folder, Scope(branches=("B3",))))
    assert "- Rome (relationship): n too small, 40 answers" in text


def test_a_name_is_never_markup(folder: Path) -> None:
    said = digest(folder, LYON)
    assert "Lyon &lt;b&gt;&amp;&lt;/b&gt; *Sud*" in forms.html(said)
    assert "<b>" not in forms.html(said)
    assert {block["text"]["type"] for block in forms.slack(said)["blocks"]} == {"plain_text"}
    [attachment] = forms.teams(said)["attachments"]
    assert {block["type"] for block in attachment["content"]["body"]} == {"RichTextBlock"}


class _Smtp(socketserver.StreamRequestHandler):
    """As much of SMTP as a client without TLS needs; refuses whoever is called nobody."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            command = line.split(b" ")[0].strip().upper()
            if command == b"RCPT" and b"nobody" in line:
                self.wfile.write(b"550 no such user\r\n")
            elif command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                body = b"".join(each.removeprefix(b".") if each.startswith(b"..") else each for each in lines)
                self.server.received.append(message_from_bytes(body, policy=policy.default))  # type: ignore[attr-defined]
                self.wfile.write(b"250 taken\r\n")
            else:
                self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 fine\r\n")
                if command == b"QUIT":
                    return


class _Webhook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(500 if "broken" in self.path else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[tuple[int, list[Any]]]:
    server.received = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1], server.received  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def smtp() -> Iterator[tuple[int, list[EmailMessage]]]:
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp)) as started:
        yield started


@pytest.fixture
def webhook() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    with serving(HTTPServer(("127.0.0.1", 0), _Webhook)) as started:
        yield started


def test_an_e_mail_has_text_and_html_and_one_addressee(
    folder: Path, smtp: tuple[int, list[EmailMessage]]
) -> None:
    port, received = smtp
    mail = Mail("127.0.0.1", "nps@acme.example", port, "none")
    assert send(folder, Subscription("lyon", LYON, ("a@acme.example", "b@acme.example")), mail) is None
    assert [message["To"] for message in received] == ["a@acme.example", "b@acme.example"]
    [plain, rich] = received[0].iter_parts()
    said = digest(folder, LYON)
    assert (plain.get_content_type(), rich.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().split() == forms.text(said).split()
    assert rich.get_content().split() == forms.html(said).split()
    assert received[0]["Subject"] == forms.subject(said)


def test_a_kept_e_mail_is_a_witness_of_head_and_signature(
    folder: Path, smtp: tuple[int, list[EmailMessage]], tmp_path: Path
) -> None:
    signer = PrivateKey(Ed25519PrivateKey.generate())
    own = Record(7, "2026-01-01", "v7", "2026-01-01T06:00:00+00:00", f"{7:064d}", f"{8:064d}", signer.key)
    folder.chmod(0o755)
    for name, text in record.written(own, signer).items():
        (folder / name).write_bytes(text)
    mail = Mail("127.0.0.1", "nps@acme.example", smtp[0], "none")
    assert send(folder, Subscription("lyon", LYON, ("a@acme.example",)), mail) is None
    (tmp_path / "kept.eml").write_bytes(smtp[1][0].as_bytes())
    assert seen.read(tmp_path / "kept.eml", {}, []) == [Seen(str(tmp_path / "kept.eml"), 7, f"{7:064d}")]
    signature = signer.sign(own.as_bytes()).hex()
    assert f"signed with key {signer.key}: {signature}" in " ".join(forms.text(digest(folder, LYON)).split())


def test_e_mail_is_never_sent_in_the_clear_by_itself(
    folder: Path, smtp: tuple[int, list[EmailMessage]]
) -> None:
    port, received = smtp
    mail = Mail("127.0.0.1", "nps@acme.example", port, user="nps", password="hunter2")
    problem = send(folder, Subscription("lyon", LYON, ("a@acme.example",)), mail)
    assert problem is not None
    assert f"lyon: 127.0.0.1:{port} took no e-mail (STARTTLS" in problem
    assert received == []


@pytest.mark.parametrize("kind", ["slack", "teams"])
def test_a_webhook_gets_the_message_of_its_kind(
    folder: Path, webhook: tuple[int, list[dict[str, Any]]], kind: str
) -> None:
    port, received = webhook
    url = f"http://127.0.0.1:{port}/secret"
    assert send(folder, Subscription("ops", EVERYTHING, webhook=kind, url=url), None) is None
    assert received == [getattr(forms, kind)(digest(folder, EVERYTHING))]
    broken = send(folder, Subscription("ops", EVERYTHING, webhook=kind, url=f"{url}/broken"), None)
    assert broken == f"ops: {kind} answered 500"
    gone = send(folder, Subscription("ops", EVERYTHING, webhook=kind, url="http://127.0.0.1:9/secret"), None)
    assert gone == f"ops: {kind} could not be reached (ConnectError)"


@pytest.fixture
def company(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smtp: tuple[int, list[EmailMessage]]
) -> Path:
    """A company with one subscriber who can be reached and one who cannot, and what it has published."""
    versions.make_current(tmp_path / "published", folder.name)
    writing.write(tmp_path / "company")
    monkeypatch.setenv("NPS_HOME", str(tmp_path))
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path / "company"))
    with (tmp_path / "company" / "config.toml").open("a") as config:
        config.write(
            '\n[publication.mail]\nhost = "127.0.0.1"\nsender = "nps@acme.example"\nsecurity = "none"\n'
            f"port = {smtp[0]}\n"
            '[publication.subscriptions.nobody]\nto = ["nobody@acme.example"]\nsees = "everything"\n'
            '[publication.subscriptions.lyon]\nto = ["a@acme.example"]\nsees = { branch = ["B1"] }\n'
        )
    assert checking.judge(tmp_path / "company") == []
    return tmp_path / "company"


def run() -> dg.ExecuteInProcessResult:
    return dg.materialize(list(step.defs().assets or ()), raise_on_error=False)  # type: ignore[arg-type]


def test_everybody_is_told_once_and_who_could_not_be_is_tried_again(
    company: Path, smtp: tuple[int, list[EmailMessage]]
) -> None:
    received = smtp[1]
    failed = run()
    assert not failed.success
    found = failures.first_failure(failed.get_step_failure_events())
    assert found is not None
    assert found[1].startswith("not told of publication v7: nobody: 127.0.0.1:")
    assert "no such user" in found[1]
    assert [message["To"] for message in received] == ["a@acme.example"]
    assert "Rome" not in str(received[0])
    config = company / "config.toml"
    config.write_text(config.read_text().replace("nobody@acme", "somebody@acme"))
    assert run().success
    assert run().success
    assert [message["To"] for message in received] == ["a@acme.example", "somebody@acme.example"]


def test_without_a_subscription_there_is_no_such_step(company: Path) -> None:
    (company / "config.toml").write_text('[company]\nname = "acme"\nrelease = 1\n')
    assert not step.defs().assets
