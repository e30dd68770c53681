"""Two tools of one series: each answer in one pair at most, doubles named, no jump seen where none is."""

import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.environment import ConfigurationError
from orchestration.splice.comparing import spliced
from orchestration.splice.jump import FEWEST_CLUSTERS, Weighed, beyond_season, jump
from orchestration.splice.matching import Delivered, pairs
from orchestration.splice.series import Survey, one_series

CHANGE = datetime(2026, 1, 1)
OLD, NEW = Survey("files", "relationship", "nps"), Survey("typeform", "F", "nps")
SECOND, NOTHING = timedelta(seconds=1), timedelta()


def answer(
    key: str,
    seconds: float = 0,
    score: float = 9,
    person: str | None = None,
    response: str | None = None,
    invitation: str | None = None,
    counted: bool = True,
    comment: str | None = None,
) -> Delivered:
    weight = 100 if score > 8 else 0 if score > 6 else -100
    moment, why = CHANGE + timedelta(seconds=seconds), "counted" if counted else "quarantine_window"
    return Delivered(key, response, invitation, person, None, score, weight, moment, why, counted, comment)


def drawn(side: str) -> st.SearchStrategy[list[Delivered]]:
    """Few persons, scores, moments and ids, so that much collides."""
    one = st.tuples(
        st.integers(0, 6),
        st.integers(8, 9),
        st.sampled_from([None, "ann", "bob"]),
        st.sampled_from([None, "r1", "R1 ", "r2"]),
        st.sampled_from([None, "r1", "i2"]),
        st.sampled_from([None, "", "good", "the bakery in Ulm"]),
    )
    return st.lists(one, max_size=8).map(
        lambda rows: [
            replace(answer(f"{side}{place}", *row[:5]), comment=row[5]) for place, row in enumerate(rows)
        ]
    )


@given(drawn("old"), drawn("new"), st.integers(0, 3), st.randoms())
def test_each_answer_is_in_one_pair_at_most_and_order_makes_no_difference(
    old: list[Delivered], new: list[Delivered], within: int, dice: random.Random
) -> None:
    found = pairs(old, new, timedelta(seconds=within))
    for side in ("old", "new"):
        keys = [getattr(pair, side).key for pair in found]
        assert len(keys) == len(set(keys))
        assert all(key.startswith(side) for key in keys)
    for pair in found:
        if pair.by == "id":
            assert pair.old.response_id is not None
            carried = [
                each.strip().lower() for each in (pair.new.response_id, pair.new.invitation_id) if each
            ]
            assert pair.old.response_id.strip().lower() in carried
            continue
        if pair.by == "person":
            assert pair.old.person is not None
            assert pair.old.person == pair.new.person
        else:
            assert None in (pair.old.person, pair.new.person)
            assert pair.old.comment
            assert pair.old.comment == pair.new.comment
            for answers in (old, new):
                assert [each.comment for each in answers].count(pair.old.comment) == 1
        assert pair.old.score == pair.new.score
        assert abs(pair.old.moment - pair.new.moment) <= timedelta(seconds=within)
    dice.shuffle(old)
    dice.shuffle(new)
    assert set(pairs(old, new, timedelta(seconds=within))) == set(found)


@given(drawn("old"), drawn("new"))
def test_by_person_as_many_are_paired_as_agree(old: list[Delivered], new: list[Delivered]) -> None:
    """Against a count: of the same person, score and moment, the fewer of both sides."""

    def told(answers: Sequence[Delivered]) -> Counter[tuple[object, ...]]:
        return Counter((each.person, each.score, each.moment) for each in answers if each.person)

    def without_ids(answers: Sequence[Delivered]) -> list[Delivered]:
        return [replace(each, response_id=None, invitation_id=None, comment=None) for each in answers]

    assert len(pairs(without_ids(old), without_ids(new), NOTHING)) == (told(old) & told(new)).total()


@given(drawn("old"), drawn("new"))
def test_every_answer_of_the_overlap_is_matched_or_only_in_one(
    old: list[Delivered], new: list[Delivered]
) -> None:
    if not old or not new:
        return
    first, second = (sorted(side, key=lambda each: (each.moment, each.key)) for side in (old, new))
    found = spliced(OLD, NEW, first, second, SECOND, 90)
    begins, ends = second[0].moment, first[-1].moment
    assert (found.overlap is None) == (begins > ends)
    for side, alone, mine in (("old", found.only_old, first), ("new", found.only_new, second)):
        paired = {getattr(pair, side).key for pair in found.pairs}
        within = {each.key for each in mine if begins <= each.moment <= ends}
        assert {each.key for each in alone} == within - paired
    assert all(pair.is_double for pair in found.pairs), "all of these count"


def test_strangers_are_not_one_because_of_a_second() -> None:
    assert not pairs([answer("a")], [answer("b")], SECOND)
    assert not pairs([answer("a", person="ann")], [answer("b", person="bob")], SECOND)
    assert not pairs([answer("a", person="ann")], [answer("b", 2, person="ann")], SECOND)
    assert not pairs([answer("a", person="ann")], [answer("b", score=8, person="ann")], SECOND)
    [pair] = pairs([answer("a", response="D1")], [answer("b", 900, invitation="d1 ")], SECOND)
    assert pair.by == "id"


def test_words_that_nobody_else_writes_make_an_answer_of_nobody_known_the_same() -> None:
    said, good = "Nobody called back.\r\nIn Ulm.", "good"
    [pair] = pairs(
        [answer("a", comment=said)], [answer("b", 1, comment="Nobody called back. In Ulm. ")], SECOND
    )
    assert pair.by == "comment"
    assert pairs([answer("a", person="ann", comment=said)], [answer("b", comment=said)], SECOND), (
        "one tool knows her"
    )
    for other in (
        answer("b", 2, comment=said),
        answer("b", score=8, comment=said),
        answer("b", comment=said.upper()),
        answer("b", person="bob", comment=said),
    ):
        assert not pairs([answer("a", person="ann", comment=said)], [other], SECOND)
    elsewhere = answer("c", 86_400, comment=good)
    assert not pairs([answer("a", comment=good), elsewhere], [answer("b", comment=good)], SECOND)
    assert not pairs([answer("a", comment=good)], [answer("b", comment=good), elsewhere], SECOND)


def test_what_agrees_and_tells_nothing_is_shown_and_not_matched() -> None:
    old = [answer("a"), answer("c", 5, comment="good"), answer("d", 7, person="ann")]
    new = [answer("b"), answer("e", 5), answer("f", 7)]
    found = spliced(OLD, NEW, old, new, SECOND, 90)
    assert not found.pairs
    assert [(pair.old.key, pair.new.key) for pair in found.alike] == [("a", "b")]


def sample(number: int, mean_of_accounts: float, seed: int, accounts: int = 60) -> list[Weighed]:
    dice = random.Random(seed)
    leaning = [dice.gauss(mean_of_accounts, 0.3) for _ in range(accounts)]
    found = []
    for _ in range(number):
        account = dice.randrange(accounts)
        weight = 100 if dice.random() < leaning[account] else dice.choice([0, -100])
        found.append(Weighed(f"a{account}", weight))
    return found


def test_the_test_is_that_of_statsmodels_with_clusters() -> None:
    before, after = sample(400, 0.5, 1), sample(300, 0.6, 2)
    found = jump(before, after)
    is_after = [0.0] * len(before) + [1.0] * len(after)
    both = [*before, *after]
    fitted = sm.OLS([each.weight for each in both], sm.add_constant(is_after)).fit(
        cov_type="cluster",
        cov_kwds={"groups": [int(each.cluster[1:]) for each in both], "use_correction": False},
    )
    accounts = len({each.cluster for each in both})
    assert found.difference == pytest.approx(fitted.params[1])
    assert found.standard_error == pytest.approx(fitted.bse[1] * math.sqrt(accounts / (accounts - 1)))
    assert found.difference is not None
    assert found.standard_error is not None
    assert found.p == pytest.approx(math.erfc(abs(found.difference / found.standard_error) / math.sqrt(2)))
    assert found.interval is not None
    assert found.interval[0] < found.difference < found.interval[1]


def test_a_jump_that_is_none_is_found_no_more_often_than_stated() -> None:
    """Accounts differ, and answer on both sides; of 400 series without a jump some 5 % have p < 0.05."""
    false = sum(
        (jump(sample(150, 0.5, 3 * n), sample(150, 0.5, 3 * n + 1)).p or 0) < 0.05 for n in range(400)
    )
    assert false <= 36, "beyond what 400 draws at 5 % (and a normal approximation) allow"
    assert (jump(sample(300, 0.2, 1), sample(300, 0.8, 2)).p or 1) < 0.001


def test_a_jump_of_the_season_is_no_jump_of_the_tool() -> None:
    low, high = sample(500, 0.3, 1), sample(500, 0.7, 2)
    assert (jump(low, high).p or 1) < 0.001
    same = beyond_season((low, high), (low, high))
    assert same is not None
    assert same.difference == 0
    assert same.p == 1
    other = beyond_season((low, high), (low, low))
    assert other is not None
    assert other.difference == pytest.approx(jump(low, high).difference)
    assert beyond_season((low, high), ([], low)) is None


def test_few_accounts_are_not_tested() -> None:
    few = [Weighed(f"a{place % (FEWEST_CLUSTERS - 1)}", 100) for place in range(500)]
    found = jump(few, sample(300, 0.5, 1))
    assert (found.before, found.difference, found.p) == (100, None, None)
    assert jump([], few).before is None


REGISTRY = """source,survey_id,question_id,scale_min,scale_max,survey_type,journey_stage,touchpoint
files,relationship,nps,0,10,relationship,,company
typeform,F,nps,0,10,Relationship,,company
typeform,G,nps,0,10,transactional,support,support
typeform,H,one,0,10,relationship,,company
typeform,H,two,0,10,relationship,,company
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "files:relationship",
            "typeform:G",
            "are not one series: .*survey_type .relationship; transactional",
        ),
        ("files:relationship", "typeform:H", "name one of typeform:H:one, typeform:H:two"),
        ("files:relationship", "typeform:X", "typeform:X is not in nps_questions.csv"),
        ("files", "typeform:F", "files is no survey"),
        ("typeform:F", "typeform:f:nps", "are the same survey"),
    ],
)
def test_what_is_not_one_series_is_refused_in_a_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "nps_questions.csv").write_text(REGISTRY)
    with pytest.raises(ConfigurationError, match=said):
        one_series(tmp_path / "nps_questions.csv", old, new)


def test_one_series_is_as_the_registry_says_whatever_the_case(tmp_path: Path) -> None:
    (tmp_path / "nps_questions.csv").write_text(REGISTRY)
    assert one_series(tmp_path / "nps_questions.csv", "Files:Relationship", "typeform:f:NPS") == (OLD, NEW)


def test_the_command_names_what_counts_twice(state: Path) -> None:
    """Two strangers' answers, of which one carries the old tool's id; and somebody whom both tools know."""
    state.mkdir()
    rows = [
        ("o1", "files", "relationship", "nps", "D1", None, "o1", "counted", True, 0),
        ("o2", "files", "relationship", "nps", "D2", None, "ann", "quarantine_window", False, 60),
        ("o3", "files", "relationship", "nps", "D3", None, "bob", "counted", True, 90),
        ("n1", "qualtrics", "SV_Relationship001", "QID1", "R1", "d1", "n1", "counted", True, 0),
        ("n2", "qualtrics", "SV_Relationship001", "QID1", "R2", None, "ann", "counted", True, 60),
    ]
    with duckdb.connect(str(state / "warehouse.duckdb")) as connection:
        connection.execute(
            "create schema marts; create table marts.fct_survey_responses (answer_key text, source text,"
            " survey_id text, question_id text, response_id text, invitation_id text, person_key text,"
            " disposition text, is_counted boolean, responded_at timestamp, account_key text, score double,"
            " nps_weight int, comment text)"
        )
        for *told, seconds in rows:
            moment = CHANGE + timedelta(seconds=seconds)
            connection.execute(
                f"insert into marts.fct_survey_responses values ({', '.join('?' * 10)}, null, 9, 100, null)",
                [*told, moment],
            )
    words = ["splice", "files:relationship", "qualtrics:SV_Relationship001"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 1, shown.output
    assert "delivered by both: 2 (1 by id, 1 by person, 0 by comment)" in shown.stdout
    assert "of those delivered by both, 1 count once, 0 not at all and 1 twice" in shown.stdout
    assert "1 answers count twice: D1; end the old question" in shown.stdout
    assert "only in the old one: 1: D3" in shown.stdout
    assert "too few accounts to test" in shown.stdout
    told = json.loads(CliRunner().invoke(app, [*words, "--format", "json"]).stdout)
    assert told["double"] == ["D1"]
    assert [pair["by"] for pair in told["matched"]] == ["id", "person"]
    with duckdb.connect(str(state / "warehouse.duckdb")) as connection:
        connection.execute("delete from marts.fct_survey_responses where answer_key in ('o1', 'n1')")
    clean = CliRunner().invoke(app, words)
    assert clean.exit_code == 0
    assert "nothing counts twice" in clean.stdout


def test_without_a_build_it_says_what_to_do(state: Path) -> None:
    done = CliRunner().invoke(app, ["splice", "files:relationship", "qualtrics:SV_Relationship001"])
    assert done.exit_code == 2
    assert "run `nps refresh` first" in done.stderr
