"""The topics of a company folder: each mistake with its line, what declares none, and what seals them."""

from __future__ import annotations

from pathlib import Path

import pytest

from company import checking, taxonomy
from company.taxonomy import FILE
from tests.companies import seal
from topics.taxonomy import TaxonomyError

# what somebody wrote instead → the text of the line that is named, and the problem
SPOILT = {
    "no TOML": (("[price]", "[price"), "[price", "this is not TOML"),
    "no version": (('version = "2026.1"', ""), "", "the taxonomy has no version"),
    "no owner": (('owner = "Head of pricing"', ""), "[price]", "price has no owner"),
    "negated": (('negated = "counts"', 'negated = "maybe"'), 'negated = "maybe"', "negated words mean"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_mistake_is_named_with_its_line(verdant: Path, spoilt: str) -> None:
    (old, new), line, problem = SPOILT[spoilt]
    text = (verdant / FILE).read_text("utf-8")
    (verdant / FILE).write_text(text.replace(old, new, 1), "utf-8")
    [mistake] = checking.judge(verdant)
    assert (mistake.file, problem in mistake.problem) == (FILE, True)
    named = (verdant / FILE).read_text("utf-8").splitlines()[mistake.line - 1] if mistake.line else ""
    assert named == line


def test_a_word_that_is_none_is_named_with_the_line_of_its_language(verdant: Path) -> None:
    text = (verdant / FILE).read_text("utf-8")
    (verdant / FILE).write_text(
        text.replace("[speed.words]\nen = [", '[speed.words]\nen = [\n    "!",'), "utf-8"
    )
    [mistake] = checking.judge(verdant)
    assert text.splitlines()[mistake.line - 2 : mistake.line] == ["[speed.words]", "en = ["]
    assert '"!" is not a word' in mistake.problem
    with pytest.raises(TaxonomyError, match="is not a word"):
        taxonomy.declared(verdant)


def test_a_changed_word_wants_an_approval(verdant: Path) -> None:
    text = (verdant / FILE).read_text("utf-8")
    (verdant / FILE).write_text(text.replace('"pricey",', '"pricey", "priceyer",', 1), "utf-8")
    [mistake] = checking.judge(verdant)
    assert mistake.problem == "topics has changed since Tomas Berg approved it on 2026-11-29"
    seal(verdant, "topics")
    assert checking.judge(verdant) == []


def test_a_company_need_not_have_topics(folder: Path) -> None:
    assert taxonomy.declared(folder) is None
    assert [mistake for mistake in checking.judge(folder) if mistake.file == FILE] == []
