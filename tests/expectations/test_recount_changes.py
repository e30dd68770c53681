"""Why a score changed: worked examples, what adds up, who is told apart from whom, and the errors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from expectations.recount.changes import OTHERS, gathered
from expectations.recount.decomposition import ADDED, Cells, errors, parts
from expectations.recount.statistics import Integers

CLOSE = pytest.approx


def found(
    **members: tuple[tuple[int, int, int, int], tuple[int, int, int, int]],
) -> Mapping[str, tuple[Integers, Integers]]:
    """Member → promoters, passives, detractors and invitations, before and after."""
    return {name: (np.array(before), np.array(after)) for name, (before, after) in members.items()}


def cells(**members: tuple[tuple[int, int, int, int], tuple[int, int, int, int]]) -> Cells:
    made = gathered(found(**members), 1)
    assert made is not None
    return made


def totals(of: Cells) -> dict[str, float]:
    return {part: float(each.sum()) for part, each in parts(of, of.before, of.after).items()}


def test_every_cell_rises_and_the_company_falls() -> None:
    told = totals(cells(key=((90, 0, 10, 400), (44, 6, 0, 200)), core=((40, 20, 40, 400), (32, 98, 20, 600))))
    assert told == {
        **{"movement": CLOSE(8), "mix": CLOSE(-20), "arrivals": 0, "departures": 0},
        **{"invited_mix": CLOSE(-20), "answered_mix": CLOSE(0)},
    }


def test_with_the_same_invited_it_is_who_answered() -> None:
    told = totals(cells(a=((60, 30, 10, 9), (60, 30, 10, 18)), b=((20, 60, 20, 5), (60, 180, 60, 10))))
    assert told["invited_mix"] == CLOSE(0)
    assert told["answered_mix"] == CLOSE(-12.5)
    uninvited = totals(cells(a=((60, 30, 10, 0), (60, 30, 10, 9)), b=((20, 60, 20, 9), (60, 180, 60, 0))))
    assert "invited_mix" not in uninvited
    assert uninvited["mix"] == CLOSE(-12.5)


def test_parts_add_up_whatever_came_or_went() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        sides = rng.integers(0, 40, (2, 6, 4))
        sides[0, 4, :3], sides[1, 5, :3] = 0, 0
        sides[:, 0] += 1
        made = gathered({str(at): (sides[0, at], sides[1, at]) for at in range(6)}, 1)
        assert made is not None
        before, after = (side.sum(axis=0) @ [100, 0, -100] / side.sum() for side in (made.before, made.after))
        told = totals(made)
        assert sum(told[part] for part in ADDED) == CLOSE(after - before, abs=1e-9)
        assert told["invited_mix"] + told["answered_mix"] == CLOSE(told["mix"], abs=1e-9)


def test_few_answers_are_told_together_and_not_alone() -> None:
    stays = ((30, 0, 10, 9), (20, 0, 40, 9))
    few = ((3, 0, 1, 9), (2, 0, 4, 9))
    made = gathered(found(a=stays, b=stays, c=few, d=((40, 0, 9, 9), (40, 0, 9, 9))), 30)
    assert made is not None
    # d is the smallest that is large enough: 98 answers, a and b have 100
    assert dict(zip(made.names, made.members, strict=True)) == {"a": 1, "b": 1, "(others)": 2}
    assert gathered(found(a=stays, c=few), 30) is None
    assert gathered(found(a=stays), 30) is None
    assert gathered(found(c=few, d=few), 30) is None


def test_whom_others_hide_is_told_with_them() -> None:
    members = found(
        c=((2, 1, 1, 9), (20, 10, 10, 9)),
        # the smallest before goes with c, though a has fewer answers in both
        b=((10, 40, 20, 9), (20, 40, 10, 9)),
        a=((30, 35, 10, 9), (11, 10, 10, 9)),
        d=((40, 20, 20, 9), (40, 20, 20, 9)),
    )
    told, shown = gathered(members, 30, 5), gathered(members, 30)
    assert told is not None
    assert shown is not None
    assert sorted(told.names) == ["(others)", "a", "d"]
    assert sorted(shown.names) == ["(others)", "b", "d"]


def test_of_equal_ones_the_first_by_its_digest_is_hidden_with_them() -> None:
    """As the scores have it: by its name it would be another (the digest of c is before that of b)."""
    few, equal, large = (1, 1, 1, 9), (9, 9, 9, 90), (20, 20, 20, 90)
    made = gathered(found(a=(few, large), b=(equal, large), c=(equal, large), d=(large, large)), 5, 5)
    assert made is not None
    assert made.names == ["b", "d", OTHERS]


def test_errors_are_what_many_repetitions_vary() -> None:
    """Answers drawn again from the same shares: the parts vary as much as the errors say."""
    made = cells(a=((60, 30, 10, 300), (80, 10, 10, 500)), b=((40, 30, 130, 400), (150, 80, 70, 300)))
    rng, drawn = np.random.default_rng(3), []
    for _ in range(2_000):
        before, after = (
            rng.multinomial(side.sum(), (side / side.sum()).ravel()).reshape(side.shape)
            for side in (made.before, made.after)
        )
        drawn.append({part: float(each.sum()) for part, each in parts(made, before, after).items()})
    told = errors(made)
    for part in ("movement", "mix", "invited_mix", "answered_mix"):
        assert np.std([each[part] for each in drawn]) == CLOSE(told[part], rel=0.05)
