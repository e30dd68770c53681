"""The mutations, one module a concern. A new one is an entry in the module whose concern it is."""

from collections.abc import Mapping, Sequence

from tests.mutation.catalogue import (
    asof,
    bands,
    cases,
    finance,
    integrity,
    loaders,
    precedence,
    publication,
    registry,
    revenue,
    root_causes,
    rows,
    segments,
    semantics,
    statistics,
    targets,
    times,
    topics,
)
from tests.mutation.mutations import Mutation

CONCERNS = (
    *(bands, registry, precedence, asof, rows, times, segments),
    *(statistics, publication, topics, root_causes, integrity, cases, targets),
    *(semantics, revenue, finance, loaders),
)


def by_concern() -> Mapping[str, Sequence[Mutation]]:
    """Concern → its mutations, in the order in which they are reported."""
    return {module.__name__.rpartition(".")[2]: module.MUTATIONS for module in CONCERNS}
