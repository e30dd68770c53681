"""Plain names: what each metric is, what it can be split by, and what is said of a name that is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantics import vocabulary
from semantics.errors import NothingBuiltError, UnknownNameError
from tests.semantics.manifests import metric, model, of_answers, written


def test_a_metric_knows_its_model_its_floor_and_its_unit(tmp_path: Path) -> None:
    known = vocabulary.read(of_answers(tmp_path))
    nps = known.metric("nps")
    assert (nps.label, nps.source.name, nps.source.qualified("branch")) == (
        "Nps",
        "answers",
        "answer__branch",
    )
    assert (nps.counted_by, nps.shown_from, nps.unit) == ("responses", "indicative", None)
    assert known.metric("responses").counted_by is None
    assert known.metric("revenue").unit == "amount"


def test_what_is_accumulated_or_not_additive_over_time_is_a_state(tmp_path: Path) -> None:
    known = vocabulary.read(of_answers(tmp_path)).metrics
    assert {name for name, metric in known.items() if metric.is_state} == {
        "responses_trailing_90d",
        "nps_trailing_90d",
        "revenue",
    }


def test_metrics_together_are_split_by_what_they_share(tmp_path: Path) -> None:
    known = vocabulary.read(of_answers(tmp_path))
    assert known.dimensions(["nps", "share"]) == ("survey_type", "branch")
    assert known.dimensions(["nps", "revenue"]) == ("survey_type",)


def test_an_unknown_metric_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownNameError, match="no metric 'npz'; choose from nps, nps_trailing_90d, responses"
    ):
        vocabulary.read(of_answers(tmp_path)).metric("npz")


def test_without_a_manifest_or_without_metrics_nothing_was_built(tmp_path: Path) -> None:
    with pytest.raises(NothingBuiltError, match=r"no metrics in .*semantic_manifest.json; run `nps refresh`"):
        vocabulary.read(tmp_path)
    with pytest.raises(NothingBuiltError, match="no metrics in"):
        vocabulary.read(written(tmp_path, [], []))


def test_a_metric_of_two_models_cannot_be_named_plainly(tmp_path: Path) -> None:
    models = [
        model("answers", entity="answer", dimensions=[], measures=["counted"]),
        model("invitations", entity="invitation", dimensions=[], measures=["sent"]),
    ]
    metrics = [
        metric("responses", measure={"name": "counted"}),
        metric("asked", measure={"name": "sent"}),
        metric("both", "ratio", numerator={"name": "responses"}, denominator={"name": "asked"}),
    ]
    with pytest.raises(NothingBuiltError, match="metric both uses 2 semantic models; only one is allowed"):
        vocabulary.read(written(tmp_path, models, metrics))
