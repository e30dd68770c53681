"""The catalogue follows the code: a mutation that is disarmed by a refactoring is an error, not a success."""

from pathlib import Path

import pytest

from tests.mutation import catalogue
from tests.mutation.mutations import DEFINITION, LOADERS, MODELS, DisarmedError, Edit, change
from tests.mutation.worker import ROOT

ALL = [mutation for members in catalogue.by_concern().values() for mutation in members]


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    names = [mutation.name for mutation in ALL]
    assert len(names) >= 60
    assert len(names) == len(set(names))


def test_what_a_mutation_replaces_is_there() -> None:
    """All at once, so that whoever changes a model sees every mutation that must follow."""
    disarmed = []
    for mutation in ALL:
        texts: dict[str, str] = {}
        for edit in mutation.edits:
            try:
                text = texts.get(edit.file) or (ROOT / edit.file).read_text("utf-8")
                texts[edit.file] = edit.applied(text)
            except (DisarmedError, FileNotFoundError) as error:
                disarmed.append(f"{mutation.name}: {error}")
    assert not disarmed


def test_a_mutation_changes_one_room_and_never_the_guard() -> None:
    for mutation in ALL:
        places = [
            room
            for room in (LOADERS, MODELS, DEFINITION)
            if all(edit.file.startswith(room) for edit in mutation.edits)
        ]
        assert places, mutation.name
        assert not any(edit.file.endswith("approvals.csv") for edit in mutation.edits), mutation.name


def test_a_mutation_without_its_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "model.sql").write_text("select 1\n", "utf-8")
    with pytest.raises(DisarmedError, match="0 × 'select 2', 1 expected"):
        change("gone", "", "model.sql", "select 2", "select 3").apply(tmp_path)
    with pytest.raises(DisarmedError, match=r"other\.sql is not there"):
        change("elsewhere", "", "other.sql", "select 1", "select 3").apply(tmp_path)


def test_a_mutation_that_changes_nothing_is_an_error() -> None:
    with pytest.raises(DisarmedError):
        Edit("model.sql", "select 1", "select 1").applied("select 1")


def test_a_mutation_is_made_as_often_as_it_says() -> None:
    assert Edit("m.sql", "a", "b", count=2).applied("a, a") == "b, b"
    with pytest.raises(DisarmedError, match="2 × 'a', 1 expected"):
        Edit("m.sql", "a", "b").applied("a, a")
