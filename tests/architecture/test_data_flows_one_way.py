"""Data flows one way: a model refers to its own layer or one before it, and only staging reads raw."""

import re
from pathlib import Path

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models"
LAYERS = ["staging", "intermediate", "marts", "semantic", "publication"]
REF = re.compile(r"""ref\(\s*['"]([a-z0-9_]+)['"]""")
SOURCE = re.compile(r"""\bsource\(\s*['"]?([a-z0-9_]+)""")


def layer_of(model: Path) -> int:
    return LAYERS.index(model.relative_to(MODELS).parts[0])


def layers_by_name() -> dict[str, int]:
    return {model.stem: layer_of(model) for model in MODELS.rglob("*.sql")}


def against_the_flow(name: str, sql: str, layers: dict[str, int]) -> list[str]:
    """Names of models that `name` refers to although they stand in a later layer (seeds have no layer)."""
    return [ref for ref in REF.findall(sql) if ref in layers and layers[ref] > layers[name]]


def test_models_refer_only_backwards() -> None:
    layers = layers_by_name()
    assert layers, "no models found"
    wrong = {
        model.stem: refs
        for model in MODELS.rglob("*.sql")
        if (refs := against_the_flow(model.stem, model.read_text("utf-8"), layers))
    }
    assert not wrong, f"reads against the flow: {wrong}"


#: Sources that this project writes itself.
OF_THE_MARTS = {"topics", "follow_up"}


def test_only_staging_reads_raw() -> None:
    """What comments mention, and the log of cases, are not raw: both are made of the marts."""
    read = {model: set(SOURCE.findall(model.read_text("utf-8"))) for model in MODELS.rglob("*.sql")}
    assert any(sources - OF_THE_MARTS for sources in read.values())
    wrong = [model.stem for model, sources in read.items() if layer_of(model) > 0 and sources - OF_THE_MARTS]
    assert not wrong, f"raw is read outside staging: {wrong}"
    early = [
        model.stem
        for model, sources in read.items()
        if layer_of(model) < LAYERS.index("publication") and sources & OF_THE_MARTS
    ]
    assert not early, f"they are read before they are made: {early}"


def test_vendors_are_united_before_the_marts() -> None:
    """A mart that unites them itself reads staging past the intermediate model that does."""
    uniting = {
        model.stem: LAYERS[layer_of(model)]
        for model in MODELS.rglob("*.sql")
        if "union_vendors(" in model.read_text("utf-8")
    }
    assert set(uniting.values()) == {"intermediate"}, f"vendors are united in {uniting}"


def test_only_metricflow_reads_the_semantic_models() -> None:
    """A published figure that came through them could not be compared with them."""
    semantic = {model.stem for model in MODELS.glob("semantic/*.sql")}
    assert semantic, "no semantic models found"
    wrong = {
        model.stem: refs
        for model in MODELS.rglob("*.sql")
        if (refs := semantic & set(REF.findall(model.read_text("utf-8"))))
    }
    assert not wrong, f"read the semantic layer: {wrong}"


def test_the_rule_sees_a_read_against_the_flow() -> None:
    assert against_the_flow("a", "select * from {{ ref('b') }}", {"a": 1, "b": 3}) == ["b"]


def is_described(model: Path) -> bool:
    """Whether its YAML is beside it, or is its vendor's one YAML and names it."""
    of_vendor = model.with_name(f"_{model.parent.name}.yml")
    return model.with_suffix(".yml").exists() or (
        of_vendor.exists() and f"- name: {model.stem}\n" in of_vendor.read_text("utf-8")
    )


def test_every_model_has_its_yaml_beside_it() -> None:
    lonely = [str(m.relative_to(MODELS)) for m in MODELS.rglob("*.sql") if not is_described(m)]
    assert not lonely, f"models without YAML: {lonely}"
