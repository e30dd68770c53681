"""`nps check`: every mistake in a company folder with its file, its line and what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from company import checking
from company.mistakes import Mistake
from tests.companies import ROOT

QUESTIONS = "definition/nps_questions.csv"


def replaced(file: str, before: str, after: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / file).read_text("utf-8")
        assert before in text, f"{file} has no {before!r}"
        (folder / file).write_text(text.replace(before, after, 1), "utf-8")

    return change


def written(file: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, "utf-8")

    return change


def removed(file: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).unlink()


POSTGRESQL = '[publication.postgresql]\nurl = "postgresql://nps@db.example/bi"\n'
MAIL = '[publication.mail]\nhost = "smtp.example"\nsender = "nps@acme.example"\n'
SUBSCRIBED = '[publication.subscriptions.lyon]\nto = ["ann@acme.example"]\n'
READERS = POSTGRESQL + "[publication.postgresql.readers]\n"

# what somebody did → the mistake: file, line, words of the problem and of the remedy
SPOILT: dict[str, tuple[Callable[[Path], object], tuple[str, int, str, str]]] = {
    "another release": (
        replaced("config.toml", "release = 1", "release = 2"),
        ("config.toml", 6, "it is of release 2", "upgrade.md"),
    ),
    "no release": (
        replaced("config.toml", "release = 1", ""),
        ("config.toml", 3, "which release", "upgrade.md"),
    ),
    "no settings": (removed("config.toml"), ("config.toml", 0, "is not there", "nps init")),
    "settings that are no TOML": (
        replaced("config.toml", "release = 1", "release ="),
        ("config.toml", 6, "this is not TOML", "correct that line"),
    ),
    "a company without a name": (
        replaced("config.toml", '"acme"', '""'),
        ("config.toml", 4, "no name", "name ="),
    ),
    "an unknown section": (
        replaced("config.toml", "# [sources.V", "[runtime]\n# [sources.V"),
        ("config.toml", 10, "no section runtime", "sources"),
    ),
    "a publication to nowhere": (
        replaced("config.toml", "# [sources.V", '[publication.oracle]\nurl = "x"\n# [sources.V'),
        ("config.toml", 10, "nothing is published to oracle", "postgresql"),
    ),
    "a password in an address": (
        replaced("config.toml", "# [sources.V", POSTGRESQL.replace("nps@", "nps:secret@") + "# [sources.V"),
        ("config.toml", 11, "the address holds a password", "secrets.toml"),
    ),
    "a database without an address": (
        replaced("config.toml", "# [sources.V", "[publication.postgresql]\nkeep = 2\n# [sources.V"),
        ("config.toml", 10, "no address", "postgresql://"),
    ),
    "a password among the settings": (
        replaced("config.toml", "# [sources.V", POSTGRESQL + 'password = "x"\n# [sources.V'),
        ("config.toml", 12, "password is a secret", "secrets.toml"),
    ),
    "a schema that is none": (
        replaced("config.toml", "# [sources.V", POSTGRESQL + 'schema = "pg_nps"\n# [sources.V'),
        ("config.toml", 12, "'pg_nps' is no name of a schema", "small letters"),
    ),
    "no version to keep": (
        replaced("config.toml", "# [sources.V", POSTGRESQL + "keep = 0\n# [sources.V"),
        ("config.toml", 12, "keep is 0", "at least 1"),
    ),
    "a reader of a plan": (
        replaced("config.toml", "# [sources.V", READERS + 'lyon = { plan = ["Scale"] }\n# [sources.V'),
        ("config.toml", 13, "what lyon sees is not clear", "branch ="),
    ),
    "a reader of no branch": (
        replaced("config.toml", "# [sources.V", READERS + 'lyon = { branch = ["(all)"] }\n# [sources.V'),
        ("config.toml", 13, "what lyon sees is not clear", "everything"),
    ),
    "a subscription without a server": (
        replaced("config.toml", "# [sources.V", SUBSCRIBED + 'sees = "everything"\n# [sources.V'),
        ("config.toml", 11, "no server for e-mail", "publication.mail"),
    ),
    "a subscription to nothing": (
        replaced("config.toml", "# [sources.V", MAIL + SUBSCRIBED + "# [sources.V"),
        ("config.toml", 13, "what its readers see is not clear", "branch ="),
    ),
    "a webhook without an address": (
        replaced(
            "config.toml",
            "# [sources.V",
            '[publication.subscriptions.ops]\nwebhook = "slack"\nsees = "everything"\n# [sources.V',
        ),
        ("secrets.toml", 0, "the webhook of ops has no address", "url ="),
    ),
    "an address of a webhook among the settings": (
        replaced(
            "config.toml",
            "# [sources.V",
            '[publication.subscriptions.ops]\nwebhook = "teams"\nurl = "x"\n# [sources.V',
        ),
        ("config.toml", 12, "url is a secret", "secrets.toml"),
    ),
    "e-mail in the clear by mistake": (
        replaced("config.toml", "# [sources.V", MAIL + 'security = "ssl"\n# [sources.V'),
        ("config.toml", 13, "security is 'ssl'", "starttls"),
    ),
    "a secret that nobody reads": (
        written("secrets.toml", '[publication.postgresql]\npasword = "x"\n'),
        ("secrets.toml", 2, "no secret pasword", "password"),
    ),
    "an unknown source": (
        written("secrets.toml", '[sources.qualtrix]\napi_token = "x"\n'),
        ("secrets.toml", 1, 'no source "qualtrix"', "qualtrics"),
    ),
    "a setting that nobody reads": (
        written("secrets.toml", '[sources.qualtrics]\nbase_url = "x"\napi_tokn = "x"\n'),
        ("secrets.toml", 3, "no setting api_tokn", "api_token"),
    ),
    "a secret among the settings": (
        replaced("config.toml", "# [sources.V", '[sources.stripe]\napi_key = "x"\n# [sources.V'),
        ("config.toml", 11, "api_key is a secret", "secrets.toml"),
    ),
    "secrets that others may read": (
        lambda folder: (folder / "secrets.toml").chmod(0o644),
        ("secrets.toml", 0, "others may open it (mode 644)", "chmod 600"),
    ),
    "secrets that git would take along": (
        written(".gitignore", "*.tmp\n"),
        (".gitignore", 0, "git would take", "secrets.toml"),
    ),
    "a table that is gone": (
        removed("definition/journey_stages.csv"),
        ("definition/journey_stages.csv", 0, "is not there", "nps init"),
    ),
    "a table nobody knows": (
        written("definition/dim_accounts.csv", "a\n1\n"),
        ("definition/dim_accounts.csv", 0, "no table", "move it away"),
    ),
    "other columns": (
        replaced(QUESTIONS, "survey_id,", "survey,"),
        (QUESTIONS, 1, "its columns are source, survey", "write source, survey_id"),
    ),
    "a comma in a cell": (
        replaced(QUESTIONS, "Answers from", "Answers, from"),
        (QUESTIONS, 2, "14 cells and the header 13", "quotation marks"),
    ),
    "a day that is none": (
        replaced(QUESTIONS, "2000-01-01", "01.01.2000"),
        (QUESTIONS, 2, 'valid_from is "01.01.2000"', "2026-01-31"),
    ),
    "no approver": (
        replaced(QUESTIONS, "Nobody yet", " "),
        (QUESTIONS, 2, "approved_by is empty", "fill it"),
    ),
    "bytes that are no text": (
        lambda folder: (folder / QUESTIONS).write_bytes(b"\xff\xfe"),
        (QUESTIONS, 0, "not UTF-8", "save it"),
    ),
    "a version that nobody decided": (
        replaced("definition/nps_score_bands.csv", "1,4,", "7,4,"),
        ("definition/nps_score_bands.csv", 6, 'no version "7"', "write one of 1"),
    ),
    "a rate of nothing": (
        replaced("definition/exchange_rates.csv", "2000-01-01,1,", "2000-01-01,0,"),
        ("definition/exchange_rates.csv", 2, "the rate is 0", "worth"),
    ),
    "a domain with its @": (
        written("definition/own_email_domains.csv", "email_domain\n@acme.example\n"),
        ("definition/own_email_domains.csv", 2, "no domain as it is compared", "without @"),
    ),
    "the guard's page of earlier releases": (
        written("definition/guard.toml", ""),
        ("definition/guard.toml", 0, "no table", "move it away"),
    ),
    "a mapping of no table": (
        written("mappings/surveys/answers/a.toml", ""),
        ("mappings/surveys/answers/a.toml", 0, "no mapping is read from here", "mappings/surveys/responses"),
    ),
    "a receiver with a key nobody knows": (
        replaced("config.toml", "# [sources.V", '[receiver]\nsecret = "x"\n# [sources.V'),
        ("config.toml", 11, "[receiver] has no key secret", "secrets.toml"),
    ),
    "a host that is no list": (
        replaced("config.toml", "# [sources.V", '[receiver]\nhosts = "a.example"\n# [sources.V'),
        ("config.toml", 11, "hosts is 'a.example'", "hosts = ["),
    ),
    "a sender nobody knows": (
        written("secrets.toml", '[receiver.doodle]\nsecret = "x"\n'),
        ("secrets.toml", 1, "nobody posts events as doodle", "answers, qualtrics"),
    ),
    "a sender without its secret": (
        written("secrets.toml", '[receiver.surveymonkey]\nclient_id = "x"\n'),
        ("secrets.toml", 1, "[receiver.surveymonkey] needs client_secret", "client_secret ="),
    ),
    "a sender's secret that nobody reads": (
        written("secrets.toml", '[receiver.typeform]\nsecret = "x"\ntoken = "x"\n'),
        ("secrets.toml", 3, "no secret token", "use secret"),
    ),
    "a secret that is cut off": (
        written("secrets.toml", '[receiver.answers]\nsecret = "whsec_MfKQ9"\n'),
        ("secrets.toml", 2, "does not go on in base64", "as the sender has it"),
    ),
    "a mapping with a key nobody knows": (
        written("mappings/surveys/responses/a.toml", 'delimter = ";"\n'),
        ("mappings/surveys/responses/a.toml", 1, 'no key "delimter"', "delimiter"),
    ),
    "a mapping that is no TOML": (
        written("mappings/crm/accounts/a.toml", "# so\ndelimiter = ;\n"),
        ("mappings/crm/accounts/a.toml", 2, "this is not TOML", "correct that line"),
    ),
    "a mapping of a column that is none": (
        written("mappings/surveys/responses/a.toml", '[columns]\nscore = "nps"\nscre = "x"\n'),
        ("mappings/surveys/responses/a.toml", 3, 'names "scre"', "score"),
    ),
}


def test_what_init_writes_is_in_order(folder: Path, verdant: Path) -> None:
    assert checking.judge(folder) == []
    assert checking.judge(verdant) == []


@pytest.mark.parametrize("name", SPOILT)
def test_a_mistake_has_its_file_its_line_and_its_remedy(folder: Path, name: str) -> None:
    spoil, (file, line, problem, remedy) = SPOILT[name]
    spoil(folder)
    found = checking.judge(folder)
    named = [each for each in found if (each.file, each.line) == (file, line) and problem in each.problem]
    assert named, "\n".join(map(str, found))
    assert remedy in named[0].remedy
    assert "\n" not in str(named[0])


def test_of_another_release_nothing_else_is_said(folder: Path) -> None:
    SPOILT["another release"][0](folder)
    SPOILT["a table that is gone"][0](folder)
    assert [each.file for each in checking.judge(folder)] == ["config.toml"]


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    for name in ("a day that is none", "a table nobody knows", "an unknown source"):
        SPOILT[name][0](folder)
    assert {each.file for each in checking.judge(folder)} == {
        "secrets.toml",
        QUESTIONS,
        "definition/dim_accounts.csv",
    }


def test_a_mistake_says_where_it_is() -> None:
    assert str(Mistake("a.csv", 3, "it is empty", "fill it")) == "a.csv:3: it is empty; fill it"
    assert str(Mistake("a.csv", 0, "it is gone", "write it")) == "a.csv: it is gone; write it"


def test_neither_dbt_nor_dagster_is_started() -> None:
    program = "import sys; from orchestration.cli import companies; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"dbt", "dagster", "great_expectations", "metricflow"}
