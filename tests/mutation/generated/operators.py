"""The operators: each takes one node of a statement and says what a careless hand could have written there.

Belongs here: changes of syntax. Knows no model, no data and no engine; the columns of each step are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from itertools import combinations
from typing import Final, TypeAlias

import sqlglot
from sqlglot import exp

DIALECT: Final = "duckdb"
#: Name of a step (a CTE; "" is the last select) → its columns with their types.
Columns: TypeAlias = Mapping[str, Mapping[str, str]]
#: What a node may become. Every candidate is a new node.
Operator: TypeAlias = Callable[[exp.Expr], Iterator[exp.Expr]]

_COMPARISONS: Final[Mapping[type[exp.Expr], tuple[type[exp.Expr], ...]]] = {
    exp.GT: (exp.GTE, exp.LT),
    exp.GTE: (exp.GT, exp.LT),
    exp.LT: (exp.LTE, exp.GT),
    exp.LTE: (exp.LT, exp.GT),
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
}
_AGGREGATES: Final[Mapping[type[exp.Expr], type[exp.Expr]]] = {
    exp.Sum: exp.Max,
    exp.Max: exp.Min,
    exp.Min: exp.Max,
    exp.Avg: exp.Max,
    exp.RowNumber: exp.Rank,
    exp.Lead: exp.Lag,
    exp.Lag: exp.Lead,
}
_PARTS: Final = {"month": "quarter", "quarter": "year", "year": "month", "day": "week", "week": "day"}


@dataclass(frozen=True)
class Change:
    """One change of a statement, at `before`. `kind` is the same for changes that differ in names only:
    those of a macro."""

    operator: str
    before: str
    after: str
    kind: tuple[str, str, str]
    _tree: exp.Expr
    _node: exp.Expr
    _candidate: exp.Expr

    @cached_property
    def sql(self) -> str:
        """The whole statement with the change."""
        return _with_change(self._node, self._candidate, lambda: self._tree.sql(DIALECT)) or self.after


def changes(sql: str, columns: Columns) -> Iterator[Change]:
    """Every change that the operators make of a statement, each alone, in the order of the text."""
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    operators: dict[str, Operator] = {**_OPERATORS, "neighbouring column": partial(_neighbour, columns)}
    for node in list(tree.walk()):
        around = _around(node)
        for name, operator in operators.items():
            for candidate in list(operator(node)):
                before, after = _text(node), _text(candidate)
                changed = _with_change(node, candidate, partial(_nameless, around)) or after
                kind = (name, _nameless(around), changed)
                yield Change(name, before, after, kind, tree, node, candidate)


def _with_change(node: exp.Expr, candidate: exp.Expr, said: Callable[[], str]) -> str | None:
    """What is said of a statement with the candidate in the node's place; None if the node is all."""
    if node.parent is None:
        return None
    node.replace(candidate)
    try:
        return said()
    finally:
        candidate.replace(node)


def _around(node: exp.Expr) -> exp.Expr:
    """What tells a node from others like it: two levels around it, within its part of the select."""
    for _ in range(2):
        if node.parent is None or isinstance(node.parent, exp.Select | exp.Union | exp.CTE):
            break
        node = node.parent
    return node


def _nameless(clause: exp.Expr) -> str:
    named = clause.copy()
    for identifier in named.find_all(exp.Identifier):
        identifier.set("this", "x")
    for literal in named.find_all(exp.Literal):
        if literal.is_string and "_" in literal.name:  # a table's or a column's name
            literal.set("this", "x")
    return named.sql(DIALECT)


def _text(node: exp.Expr) -> str:
    return " ".join(node.sql(DIALECT).split())


def _comparison(node: exp.Expr) -> Iterator[exp.Expr]:
    for other in _COMPARISONS.get(type(node), ()):
        yield other(this=node.this.copy(), expression=node.expression.copy())
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        if isinstance(node.parent, exp.Not):
            return
        yield exp.Not(this=node.copy())
    if isinstance(node, exp.Not) and isinstance(node.this, exp.Is | exp.In):
        yield node.this.copy()


def _connector(node: exp.Expr) -> Iterator[exp.Expr]:
    for one, other in ((exp.And, exp.Or), (exp.Or, exp.And)):
        if isinstance(node, one):
            yield exp.Paren(this=other(this=node.this.copy(), expression=node.expression.copy()))


def _predicate(node: exp.Expr) -> Iterator[exp.Expr]:
    """One side of a condition alone; a `where` or `having` of one condition is always true."""
    if isinstance(node, exp.And):
        yield node.this.copy()
        yield node.expression.copy()
    if isinstance(node, exp.Where | exp.Having) and not isinstance(node.this, exp.And):
        yield type(node)(this=exp.true())


def _join(node: exp.Expr) -> Iterator[exp.Expr]:
    if not isinstance(node, exp.Join) or node.args.get("on") is None:
        return
    changed = node.copy()
    if node.side == "LEFT":
        changed.set("side", None)
        changed.set("kind", "INNER")
    elif node.side in ("", None) and node.kind in ("INNER", "", None):
        changed.set("side", "LEFT")
        changed.set("kind", None)
    else:
        return
    yield changed


def _coalesce(node: exp.Expr) -> Iterator[exp.Expr]:
    if not isinstance(node, exp.Coalesce) or not node.expressions:
        return
    values = [node.this, *node.expressions]
    yield values[0].copy()
    turned = [values[1], values[0], *values[2:]]
    yield exp.Coalesce(this=turned[0].copy(), expressions=[each.copy() for each in turned[1:]])


def _constant(node: exp.Expr) -> Iterator[exp.Expr]:
    if not isinstance(node, exp.Literal) or _is_date_part(node) or isinstance(node.parent, exp.DataTypeParam):
        return
    if node.is_string:
        if not node.this[:4].isdigit():  # a moment of the run, such as as-of
            yield exp.Literal.string(f"{node.this}x")
    elif isinstance(node.parent, exp.Ordered | exp.Group):
        return
    else:
        yield exp.Literal.number(f"{Decimal(node.this) + 1:f}")


def _order(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Ordered):
        changed = node.copy()
        changed.set("desc", not node.args.get("desc"))
        yield changed


def _partition(node: exp.Expr) -> Iterator[exp.Expr]:
    """A window or a join without one of the keys that keep its rows apart."""
    if isinstance(node, exp.Window):
        keys: Sequence[exp.Expr] = node.args.get("partition_by") or ()
        for at in range(len(keys)):
            changed = node.copy()
            del changed.args["partition_by"][at]
            yield changed


def _date_part(node: exp.Expr) -> Iterator[exp.Expr]:
    if _is_date_part(node):
        other = _PARTS[node.name.lower()]
        yield exp.Literal.string(other) if isinstance(node, exp.Literal) else exp.var(other)


def _is_date_part(node: exp.Expr) -> bool:
    return (
        isinstance(node, exp.Literal | exp.Var)
        and node.name.lower() in _PARTS
        and isinstance(node.parent, exp.Func | exp.Interval)
    )


def _aggregate(node: exp.Expr) -> Iterator[exp.Expr]:
    other = _AGGREGATES.get(type(node))
    if other is not None:
        yield other(**{name: _copied(value) for name, value in node.args.items() if name in other.arg_types})
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct):
        yield exp.Count(this=node.this.expressions[0].copy())


def _rows(node: exp.Expr) -> Iterator[exp.Expr]:
    """Rows that are alike: kept where they were one, one where they were kept."""
    if isinstance(node, exp.Union) and not _are_apart(node):
        changed = node.copy()
        changed.set("distinct", not node.args.get("distinct"))
        yield changed
    if isinstance(node, exp.Select) and node.args.get("distinct"):
        every = node.copy()
        every.set("distinct", None)
        yield every


def _are_apart(union: exp.Union) -> bool:
    """Whether constants tell the rows of each select from those of every other."""
    selected = [[each.unalias() for each in select.expressions] for select in _selects(union)]
    return all(
        any(
            isinstance(mine, exp.Literal) and isinstance(theirs, exp.Literal) and mine != theirs
            for mine, theirs in zip(one, other, strict=False)
        )
        for one, other in combinations(selected, 2)
    )


def _selects(query: exp.Expr) -> list[exp.Select]:
    """The selects that a union of any depth consists of."""
    if isinstance(query, exp.Union):
        return [*_selects(query.left), *_selects(query.right)]
    return [query] if isinstance(query, exp.Select) else []


def _neighbour(columns: Columns, node: exp.Expr) -> Iterator[exp.Expr]:
    """A selected value in the place of the next one of its type, as a slip in a long list puts it."""
    select = node.parent
    if not isinstance(select, exp.Select) or node.arg_key != "expressions" or node is select.expressions[-1]:
        return
    there, types = select.expressions[(node.index or 0) + 1], columns.get(_step(select), {})
    kinds = {types.get(each.alias_or_name) for each in (node, there)}
    if len(kinds) == 1 and None not in kinds and node.unalias() != there.unalias():
        yield exp.alias_(there.unalias().copy(), node.alias_or_name)


def _step(select: exp.Select) -> str:
    """The CTE of which this select is the whole or a part of a union; "" for the last one."""
    parent = select.parent
    while isinstance(parent, exp.Union):
        parent = parent.parent
    return parent.alias if isinstance(parent, exp.CTE) else "" if parent is None else "?"


def _copied(value: object) -> object:
    if isinstance(value, list):
        return [_copied(each) for each in value]
    return value.copy() if isinstance(value, exp.Expr) else value


_OPERATORS: Final[Mapping[str, Operator]] = {
    "comparison": _comparison,
    "and or": _connector,
    "dropped predicate": _predicate,
    "join type": _join,
    "coalesce": _coalesce,
    "constant": _constant,
    "order": _order,
    "partition key": _partition,
    "date part": _date_part,
    "aggregate": _aggregate,
    "rows alike": _rows,
}
