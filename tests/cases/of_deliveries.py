"""Files that come again: ids that begin anew, the same row twice, corrections."""

from pathlib import Path

from ingestion.errors import FinalLoadError
from tests.cases.case import Case, Section
from tests.ingestion.inbox import HEADER, Inbox


def _refusal(inbox: Inbox) -> str:
    try:
        inbox.load()
    except FinalLoadError as error:
        return "refused: " + str(error).partition("surveys/responses/")[2]
    return "loaded"


def _restarting(folder: Path) -> str:
    inbox = Inbox(folder)
    for name, year, scores in (("w1", 2024, (2, 3, 1, 4, 0)), ("w2", 2025, (10, 9, 10, 10))):
        rows = [f"{at},{score},{year}-05-0{at}\n" for at, score in enumerate(scores, 1)]
        inbox.drop(f"{name}.csv", HEADER + "".join(rows))
    return _refusal(inbox)


def _two_mappings(folder: Path) -> str:
    inbox = Inbox(folder)
    for name, column in (("spring", "s15"), ("summer", "s16")):
        inbox.drop(f"{name}.csv", "id,s15,s16\nA1,9,2\n")
        inbox.drop(
            f"{name}.toml",
            f'[columns]\nresponse_id = "id"\nscore = "{column}"\n[defaults]\nresponded_at = "2025-01-01"',
        )
    inbox.load()
    [(versions,)] = inbox.ask("select count(distinct version_id) from surveys_responses")
    [(received, landed)] = inbox.ask("select sum(received), sum(landed) from intake")
    [(_, score)] = inbox.current()
    return f"{received} received, {landed} landed, {versions} versions; the later file's counts: {score:.0f}"


def _repeated(folder: Path) -> str:
    inbox = Inbox(folder)
    inbox.drop("a.csv", HEADER + "R1,2,2025-01-01\nR1,10,2025-01-01\n")
    [remark] = inbox.load().remarks
    return remark


def _identical(folder: Path) -> str:
    inbox = Inbox(folder)
    inbox.drop("a.csv", HEADER + "R1,10,2025-01-01\n" * 3 + "bad\n" * 2)
    inbox.load()
    received, landed, _, repeated, quarantined, _ = inbox.intake()
    return f"{received} received = {landed} landed + {repeated} repeated + {quarantined} quarantined"


def _corrected_values(folder: Path) -> str:
    inbox = Inbox(folder)
    inbox.drop("a.csv", HEADER + "R1,9,2025-02-01 00:30\nR2,sure,2025-02-01\nR3,sure,2025-02-01\n")
    inbox.load()
    before = len(inbox.current()), len(inbox.quarantine())
    inbox.drop("a.toml", 'timezone = "Europe/Paris"\n[scores]\nsure = 10')
    inbox.load()
    after = len(inbox.current()), len(inbox.quarantine())
    _, when = inbox.current("response_id, responded_at::text")[0]
    return (
        f"{before[0]} answer, {before[1]} in quarantine; then {after[0]} and {after[1]}; R1 at {when[:16]}Z"
    )


def _corrected_ids(folder: Path) -> str:
    inbox = Inbox(folder)
    inbox.drop("a.csv", HEADER + "shop,9,2025-01-01\nshop,2,2025-01-02\n")
    inbox.load()
    inbox.drop("a.toml", '[columns]\nresponse_id = "@row"')
    inbox.load()
    ids = ", ".join(response_id for response_id, _ in inbox.current())
    return f"answers {ids}; {len(inbox.withdrawn())} versions withdrawn"


def _same_name_new_rows(folder: Path) -> str:
    inbox = Inbox(folder)
    for day in (1, 2):
        inbox.drop("latest.csv", HEADER + "".join(f"D{day}R{at},9,2025-01-0{day}\n" for at in range(3)))
        remarks = inbox.load().remarks
    return f"{len(inbox.current())} answers; {remarks[0]}"


CASES = [
    Case(
        Section.DELIVERIES,
        "ids that restart in each file",
        "w1.csv with ids 1–5 in 2024, w2.csv with ids 1–4 in 2025",
        "9 answers, or refused, naming the remedy",
        "5 answers; the first wave vanished as older versions",
        "refused: w2.csv: 4 of the 4 ids that it shares with w1.csv belong to another responded_at there, "
        'such as "1" (2025-05-01 00:00 here, 2024-05-01 00:00 there); "2" (2025-05-02 00:00 here, 2024-05-02 '
        '00:00 there); "3" (2025-05-03 00:00 here, 2024-05-03 00:00 there); where ids begin again in each '
        'file, write response_id = ["@file", "response_id"] under [columns] of both files\' mapping; where '
        "this is w1.csv corrected, deliver it under that name",
        _restarting,
    ),
    Case(
        Section.DELIVERIES,
        "one row read by two mappings",
        "`id,s15,s16` / `A1,9,2` twice, with score = s15 and with score = s16",
        "two versions, or refused",
        "one reading was lost, even from the reconciliation",
        "2 received, 2 landed, 2 versions; the later file's counts: 2",
        _two_mappings,
    ),
    Case(
        Section.DELIVERIES,
        "repeated ids inside one file",
        "the same id twice with different scores",
        "reported, with a count",
        "silently collapsed",
        "a.csv: 1 rows share their id with a later row of the file; the later row counts",
        _repeated,
    ),
    Case(
        Section.DELIVERIES,
        "identical rows",
        "a row three times, and a bad row twice",
        "each has a disposition",
        "1 received",
        "5 received = 1 landed + 2 repeated + 2 quarantined",
        _identical,
    ),
    Case(
        Section.DELIVERIES,
        "a correction does not clean up: values",
        "the zone and the words for scores are set after a first reading",
        "what the wrong reading produced is withdrawn",
        "rows stayed in quarantine beside the same rows counted",
        "1 answer, 2 in quarantine; then 3 and 0; R1 at 2025-01-31 23:30Z",
        _corrected_values,
    ),
    Case(
        Section.DELIVERIES,
        "a correction does not clean up: ids",
        "a column that is not an id, then `@row`",
        "the old ids are withdrawn",
        "the old ids stayed as ghosts",
        "answers a.csv-1, a.csv-2; 2 versions withdrawn",
        _corrected_ids,
    ),
    Case(
        Section.DELIVERIES,
        "one name, different rows every day",
        "latest.csv holds only that day's answers",
        "all days count, and the refresh reports it",
        "all days counted",
        "6 answers; latest.csv: 3 earlier records stay: the file is treated as new rows under an old name",
        _same_name_new_rows,
    ),
]
