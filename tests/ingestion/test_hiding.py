"""Personal data is hidden before it is converted: in every vendor's records and in the cells of files.

The same records are read twice, once unprotected, which only a test can do. What is no personal data is the
same; what is, is a token of it, and opens with the private key only.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.server import VendorServers
from ingestion import hiding, landing
from ingestion.arrow import convert_batch
from ingestion.files.mapping import Mapping
from ingestion.files.rows import Reading, row_schema
from ingestion.files.tables import FILE_TABLES
from ingestion.hiding import HIDDEN, Fields, Hiding, without_values
from ingestion.http import parsed
from ingestion.ndjson import read_line
from ingestion.quick import Keys, replaced
from ingestion.records import Batch
from ingestion.surveys.configured import CARRIED
from ingestion.surveys.typeform import responses_table
from ingestion.tables import PERSONAL
from vault import keys
from vault.store import REST, Entry, Vault
from vault.tokens import Kind, Tokens, is_token

from .conftest import Extracted

Extract = Callable[[str, str], Extracted]
PEOPLE = [
    *(("qualtrics", table) for table in ("responses", "invitations")),
    *((survey, "responses") for survey in ("typeform", "surveymonkey", "medallia")),
    *((crm, table) for crm in ("salesforce", "hubspot") for table in ("contacts", "users", "accounts")),
    *((billing, table) for billing in ("stripe", "chargebee") for table in ("customers", "invoices")),
    *(("zendesk", table) for table in ("requesters", "tickets")),
]


@pytest.fixture
def protected(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Turns hiding on, as it is outside these tests."""
    return lambda: monkeypatch.setattr(landing, "hiding", hiding.hiding)


def clear_texts(rows: pa.Table) -> set[str]:
    """What is personal in the columns."""
    found = {
        text for name in PERSONAL if name in rows.column_names for text in rows[name].to_pylist() if text
    }
    return {text for text in found if isinstance(text, str) and text.strip()}


def opened(home: Path) -> set[str]:
    """Every text in the vault."""
    private = keys.reading(home)
    assert private is not None
    found = set[str]()
    for each in Vault(home / "vault").entries(private):
        found |= set(orjson.loads(each.text).values()) if each.token == REST else {each.text}
    return found


@pytest.mark.many
@pytest.mark.parametrize(("source", "table"), PEOPLE, ids=[f"{source} {table}" for source, table in PEOPLE])
def test_a_vendors_records(
    vendors: VendorServers,
    extract: Extract,
    home: Path,
    protected: Callable[[], None],
    source: str,
    table: str,
) -> None:
    clear = extract(source, table)
    protected()
    hidden = extract(source, table)
    tokens = keys.writing(home).tokens
    assert clear.rows.num_rows == hidden.rows.num_rows > 0
    for name in clear.rows.column_names:
        before, after = clear.rows[name].to_pylist(), hidden.rows[name].to_pylist()
        if name in PERSONAL:
            assert after == [each and tokens.of(PERSONAL[name], str(each)) for each in before]
        elif name not in ("payload", "content_hash", "version_id"):
            assert after == before, name
    said = "\n".join(
        map(str, [*hidden.rows["payload"].to_pylist(), *hidden.rejects["original_text"].to_pylist()])
    )
    texts = clear_texts(clear.rows)
    written = {orjson.dumps(text).decode()[1:-1] for text in texts}
    assert not [text for text in written if f'"{text}"' in said]
    assert any(f'"{text}"' in str(clear.rows["payload"].to_pylist()) for text in written) or not written
    assert texts <= opened(home)


def batch(hider: Hiding | None, *records: Any) -> Batch:
    lines = [each if isinstance(each, bytes) else orjson.dumps(each) for each in records]
    places = range(1, len(lines) + 1)
    return Batch(lines, places, ["/x"] * len(lines), read_line, None, hider.hidden if hider else None)


def answer(**further: Any) -> dict[str, Any]:
    return {
        "token": "r1",
        "landed_at": "2026-01-01T00:00:00Z",
        "submitted_at": "2026-01-01T00:01:00Z",
        "hidden": {"email": "Jo@Acme.example", "device_id": "D-1", "account_id": "A 1", "branch_id": "B"},
        "answers": [
            {"type": "number", "number": 9, "field": {"id": "q"}},
            {"type": "text", "text": "So helpful, Jo", "field": {"id": "c"}},
        ],
        **further,
    }


RESPONSES = responses_table("q", CARRIED)
CONSTANTS = {"survey_id": "s", "question_id": "q"}


@pytest.fixture
def hider(home: Path) -> Hiding:
    return Hiding(keys.writing(home), "typeform", "responses")


def test_what_looks_personal_is_hidden_wherever_it_stands(hider: Hiding) -> None:
    record = answer(
        metadata={
            "browser": "Firefox",
            "ip": "10.1.2.3",
            "first_name": "Jo",
            "about": "call me at home please",
        },
        tags=["vip", "write to jo@acme.example"],
        thank_you={"title": "Plan: Gold", "score": 1.50},
    )
    converted = convert_batch(RESPONSES, batch(hider, record), CONSTANTS)
    payload = orjson.loads(converted.rows["payload"][0].as_py())
    assert payload["metadata"]["browser"] == "Firefox"
    assert payload["tags"][0] == "vip"
    assert payload["thank_you"] == record["thank_you"]
    assert payload["hidden"]["account_id"] == "A 1"
    for text in ("10.1.2.3", '"Jo"', "jo@", "Jo@", "home", "helpful", "D-1"):
        assert text not in converted.rows["payload"][0].as_py()
    assert converted.rows["respondent_email"][0].as_py() == hider.tokens.email("jo@acme.example")
    assert converted.rows["comment"][0].as_py() == hider.tokens.text("So helpful, Jo")


def test_what_is_between_the_strings_stays_byte_by_byte(hider: Hiding) -> None:
    line = b'{ "token" :"r1", "n": 1.500,\t"answers": [ {"text" :  "hi \\u00fc\\"" , "b":[1e2,null,true]} ]}'
    hidden = hider.hidden(RESPONSES, batch(None, line)).lines[0]
    token = hider.tokens.text('hi ü"').encode()
    assert hidden == line.replace(b'"hi \\u00fc\\""', b'"%b"' % token)


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=12,
    )
)
def test_a_text_and_its_record_are_hidden_alike(value: Any) -> None:
    fields = Fields({"text": Kind.TEXT}, frozenset({"id"}))
    tokens = Tokens(b"k" * 32)
    line, record = hiding._Found(fields, tokens), hiding._Found(fields, tokens)
    text = orjson.dumps({"id": "a b c d e", "text": value, "x": [value]})
    assert parsed(line.line(text)) == record.value("", parsed(text))
    assert line.meant == record.meant


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(["text", "id", "note", "x", "values", "é"]),
        st.recursive(
            st.none()
            | st.integers(0, 9)
            | st.sampled_from(["a", "a b c d e", "jo@x.example", "id", "1.2.3.4", "ü", ""]),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2)
            ),
            max_leaves=6,
        ),
    )
)
def test_the_quick_way_leads_where_the_other_does(record: dict[str, Any]) -> None:
    fields = Fields({"text": Kind.TEXT}, frozenset({"id"}))
    slow, quick = (hiding._Found(fields, Tokens(b"k" * 32)) for _ in range(2))
    line, again = orjson.dumps(record), orjson.loads(orjson.dumps(record))
    expected = slow.line(line)
    found = replaced(line, again, Keys(fields.judge), hiding._BETWEEN, quick.hide)
    if found is not None:
        assert found == expected
        assert orjson.loads(found) == again
        assert quick.meant == slow.meant


def test_the_quick_way_is_not_taken_where_it_would_lead_astray() -> None:
    fields = Fields({"text": Kind.TEXT}, frozenset({"id"}))
    for line in (
        b'{"text":"a","text":"b"}',
        b'{"text":"a","id":"a"}',
        b'{"text":"\\u0061"}',
        b"[]",
    ):
        found = hiding._Found(fields, Tokens(b"k" * 32))
        assert replaced(line, orjson.loads(line), Keys(fields.judge), hiding._BETWEEN, found.hide) is None


def test_half_a_character_is_rejected_as_before(hider: Hiding) -> None:
    line = orjson.dumps(answer()).replace(b"So helpful, Jo", b"so \\ud800 good")
    clear = convert_batch(RESPONSES, batch(None, line), CONSTANTS)
    hidden = convert_batch(RESPONSES, batch(hider, line), CONSTANTS)
    assert clear.rejects["reason"].to_pylist() == hidden.rejects["reason"].to_pylist() != []


@pytest.mark.parametrize("personal", [{}, {"note": Kind.TEXT}])
def test_half_a_character_that_no_column_reads_is_hidden_and_sealed(
    home: Path, personal: dict[str, Kind]
) -> None:
    hider = Hiding(keys.writing(home), "typeform", "responses")
    hidden, meant = hider.text(Fields(personal, frozenset()), '{"note": "Jo \\ud800 wrote"}', ())
    token = json.loads(hidden)["note"]
    assert is_token(token.removesuffix("\ud800"))
    hider.seal(Entry("r", *each) for each in meant)
    private = keys.reading(home)
    assert private is not None
    [found] = Vault(home / "vault").entries(private)
    assert (json.loads(found.text)[token] if found.token == REST else found.text) == "Jo \ud800 wrote"


@pytest.mark.parametrize(
    "line", [b"Jo wrote this", b'{"text": "Jo', b"[1]", orjson.dumps(answer(submitted_at="Jo Smith"))]
)
def test_what_was_rejected_is_in_the_vault_only(hider: Hiding, home: Path, line: bytes) -> None:
    rejects = convert_batch(RESPONSES, batch(hider, line), CONSTANTS).rejects
    hidden = hider.rejects(rejects)
    assert hidden.num_rows == 1
    assert "Jo" not in str(hidden.to_pylist())
    assert line.decode() in opened(home)
    assert is_token(str(hidden["original_text"][0].as_py()))
    assert hider.rejects(hidden).equals(hidden)


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("r.score should be double and is 'Jo Smith'", f"r.score should be double and is {HIDDEN}"),
        ('column "Note": "it was Jo" is not a number', f'column "Note": {HIDDEN} is not a number'),
        ('column "Score": "N/R" is not a number; map it', 'column "Score": "N/R" is not a number; map it'),
        (
            "r.at should be timestamp and is '2026-13-01 10:00'",
            "r.at should be timestamp and is '2026-13-01 10:00'",
        ),
        ("r.id is required and missing", "r.id is required and missing"),
    ],
)
def test_a_reason_does_not_repeat_a_text(detail: str, said: str) -> None:
    assert without_values(detail) == said


def test_cells_of_files(hider: Hiding, home: Path) -> None:
    from ingestion.files.hiding import Cells

    table = next(each for each in FILE_TABLES if each.name == "surveys_responses")
    headers = ("id", "Wie war es?", "respondent_email", "Filiale", "Notiz", "Land")
    mapping = Mapping(columns={"response_id": "id", "comment": "Wie war es?", "branch_id": "Filiale"})
    cells = Cells(hider, Reading(headers, row_schema(6), iter(())), mapping, table, "files")
    given = [
        ["1", "Gut", "jo@acme.example", "an der alten Mühle", "sie ruft morgen wieder an", "DE"],
        ["2", "N/A", "noreply@acme.example", "B", "", "AT"],
    ]
    none = [None, None]
    rows = pa.table([[1, 2], none, none, none, *map(list, zip(*given, strict=True))], schema=row_schema(6))
    hidden = cells.hidden(rows)
    first, second = hidden.to_pylist()
    assert first["c1"] == hider.tokens.text("Gut")
    assert first["c2"] == hider.tokens.email("jo@acme.example")
    assert (first["c3"], first["c5"]) == ("an der alten Mühle", "DE")
    assert is_token(first["c4"])
    assert (second["c1"], second["c4"]) == ("N/A", "")
    cells.seal(pa.table({"record_id": ["a", "b"], "row_number": [1, 2]}))
    assert opened(home) == {"Gut", "jo@acme.example", "sie ruft morgen wieder an", "noreply@acme.example"}
