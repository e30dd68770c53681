"""What a corrected reading takes back, and what it must leave alone."""

from pathlib import Path

import pytest

from tests.ingestion.inbox import HEADER, Inbox


@pytest.fixture
def inbox(home: Path) -> Inbox:
    return Inbox(home)


def test_a_corrected_mapping_takes_back_versions_and_quarantine(inbox: Inbox) -> None:
    inbox.drop("a.csv", HEADER + "R1,9,2025-02-01 00:30\nR2,sure,2025-02-01\nR3,sure,2025-02-02\n")
    inbox.load()
    assert (len(inbox.current()), len(inbox.quarantine())) == (1, 2)
    inbox.drop("a.toml", 'timezone = "Europe/Paris"\n[scores]\nsure = 10')
    report = inbox.load()
    assert inbox.current() == [("R1", 9.0), ("R2", 10.0), ("R3", 10.0)]
    assert inbox.current("response_id, responded_at::text")[0] == ("R1", "2025-01-31 23:30:00+00")
    assert inbox.quarantine() == []
    assert inbox.intake() == (3, 3, 0, 0, 0, 3)
    assert report.remarks == ["a.csv: 3 rows of its earlier readings are withdrawn"]
    assert inbox.ask("select count(*) from surveys_responses") == [(4,)], "raw keeps what it had"

    (inbox.home / "inbox/surveys/responses/a.toml").unlink()
    inbox.load()
    assert inbox.current("response_id, responded_at::text") == [("R1", "2025-02-01 00:30:00+00")], (
        "a reading that was withdrawn counts again when it comes back"
    )
    assert len(inbox.quarantine()) == 2
    assert inbox.ask("select count(*) = count(distinct (record_id, version_id)) from surveys_responses") == [
        (True,)
    ]


def test_another_id_leaves_no_ghosts(inbox: Inbox) -> None:
    inbox.drop("a.csv", "response_id,score,responded_at\nshop,9,2025-01-01\nshop,2,2025-01-02\n")
    inbox.load()
    inbox.drop("a.toml", '[columns]\nresponse_id = "@row"')
    inbox.load()
    assert inbox.current() == [("a.csv-1", 9.0), ("a.csv-2", 2.0)]
    assert {reason for _, _, reason in inbox.withdrawn()} == {"read_otherwise"}


@pytest.mark.long
def test_new_rows_under_an_old_name_take_nothing_back(inbox: Inbox) -> None:
    """`latest.csv` of every day holds that day's rows: the days before must stay."""
    for day in (1, 2, 3):
        rows = [f"D{day}R{at},{at},2025-01-0{day}\n" for at in range(5)]
        inbox.drop("latest.csv", HEADER + "".join(rows) + f"D{day}bad,ten,2025-01-0{day}\n")
        report = inbox.load()
    assert len(inbox.current()) == 15
    assert len(inbox.quarantine()) == 3
    assert inbox.withdrawn() == []
    assert inbox.intake("is_addition, absent") == (True, 5)
    assert report.remarks == [
        "latest.csv: 5 earlier records stay: the file is treated as new rows under an old name"
    ]
    # The mapping changes while the third day lies there: of the first two nothing is known to be wrong.
    inbox.drop("latest.toml", 'timezone = "Europe/Paris"\n[columns]\nresponse_id = "@row"')
    inbox.load()
    assert [name for name, _ in inbox.current() if name.startswith("D")] == [
        f"D{day}R{at}" for day in (1, 2) for at in range(5)
    ]
    assert len([name for name, _ in inbox.current() if name.startswith("latest")]) == 5


def test_a_moving_window_leaves_the_past_alone_and_a_corrected_file_does_not(inbox: Inbox) -> None:
    days = [f"R{day},{day % 11},2025-01-{day:02}\n" for day in range(1, 13)]
    inbox.drop("a.csv", HEADER + "".join(days[:9]))
    inbox.load()
    inbox.drop("a.csv", HEADER + "".join(days[3:]))
    inbox.load()
    assert len(inbox.current()) == 12, "what is older than the window stays"
    assert inbox.withdrawn() == []
    inbox.drop("a.csv", HEADER + "".join(days[3:6] + days[7:]))
    report = inbox.load()
    assert inbox.withdrawn() == [("relationship:R7:nps", "a.csv", "not_in_file")]
    assert len(inbox.current()) == 11
    assert report.remarks == ["a.csv: 1 rows of its earlier readings are withdrawn"]
    inbox.drop("a.csv", HEADER + "".join(days[3:]))
    inbox.load()
    assert ("R7", 7.0) in inbox.current(), "it counts again when it comes back"


def test_a_row_that_was_mended_leaves_quarantine(inbox: Inbox) -> None:
    good = "".join(f"R{at},9,2025-01-01\n" for at in range(3))
    inbox.drop("a.csv", HEADER + good + "X,ten,2025-01-01\nY,eleven,2025-01-01\nonly two,cells\n")
    inbox.load()
    inbox.drop("a.csv", HEADER + good + "X,10,2025-01-01\nY,eleven,2025-01-01\nonly two,cells\n")
    inbox.load()
    assert len(inbox.quarantine()) == 2
    assert inbox.withdrawn() == [("quarantine", "a.csv", "read_otherwise")]
    assert inbox.intake() == (6, 1, 5, 0, 0, 1)


@pytest.mark.long
def test_what_another_file_gives_too_stays(inbox: Inbox) -> None:
    """Until that one takes it back as well; and though it had brought nothing new."""
    rows = "R1,9,2025-03-02\nR2,2,2025-03-04\n"
    inbox.drop("a.csv", HEADER + rows)
    inbox.load()
    inbox.drop("b.csv", HEADER + rows)
    inbox.load()
    assert inbox.intake() == (2, 0, 2, 0, 0, 0)
    inbox.remove("b.csv")
    inbox.drop("a.toml", '[columns]\nresponse_id = "@row"')
    inbox.load()
    assert inbox.current() == [("R1", 9.0), ("R2", 2.0), ("a.csv-1", 9.0), ("a.csv-2", 2.0)]
    assert inbox.withdrawn() == []
    inbox.drop("b.csv", HEADER + rows)
    inbox.drop("b.toml", '[columns]\nresponse_id = "@row"')
    inbox.load()
    assert inbox.current() == [("a.csv-1", 9.0), ("a.csv-2", 2.0), ("b.csv-1", 9.0), ("b.csv-2", 2.0)]
    assert len(inbox.withdrawn()) == 2


@pytest.mark.long
def test_what_lasts_is_not_taken_back_by_silence(home: Path) -> None:
    """A CRM's export leaves out what was deleted; answers given before must keep their account's branch."""
    accounts = Inbox(home, "crm_accounts", "crm/accounts")
    header = "account_id,updated_at,branch_id\n"
    accounts.drop("a.csv", header + "".join(f"A{at},2025-01-01,B1\n" for at in range(4)))
    accounts.load()
    accounts.drop("a.csv", header + "A0,2025-02-01,B2\nA1,2025-01-01,B1\nA2,2025-01-01,B1\n")
    report = accounts.load()
    assert accounts.withdrawn() == []
    assert accounts.ask("select count(*) from crm_accounts where account_id = 'A0'") == [(2,)]
    assert report.remarks == ["a.csv: 1 earlier records are missing and stay: deliver rows for deletions"]
    accounts.drop("a.toml", 'timezone = "Europe/Paris"')
    accounts.load()
    assert accounts.ask(
        "select branch_id from crm_accounts anti join withdrawals using (record_id, version_id)"
        " where account_id = 'A0' order by version_at"
    ) == [("B1",), ("B2",)], "history stays"


@pytest.mark.long
def test_a_load_that_is_taken_back_takes_its_withdrawals_along(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash or a count that does not come out leaves the earlier reading as it was, and the file unread."""
    from ingestion import load
    from ingestion.errors import LoadMismatchError

    inbox.drop("a.csv", HEADER + "R1,9,2025-03-02\n")
    inbox.load()
    inbox.drop("a.toml", '[columns]\nresponse_id = "@row"')

    def wrong(*_: object) -> None:
        raise LoadMismatchError("it does not add up")

    with monkeypatch.context() as patch:
        patch.setattr(load, "check_load", wrong)
        with pytest.raises(LoadMismatchError):
            inbox.load()
    inbox.load()
    assert inbox.current() == [("a.csv-1", 9.0)]
    assert inbox.ask("select count(*) from withdrawals") == [(1,)]
    assert inbox.ask("select count(*) from intake") == [(2,)]
