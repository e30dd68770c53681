"""`nps splice`: two tools of one series, side by side. What is compared belongs in `orchestration/splice`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from orchestration.cli.options import LookFormat

if TYPE_CHECKING:
    from orchestration.splice.comparing import Splice
    from orchestration.splice.jump import Jump
    from orchestration.splice.matching import Delivered

_SHOWN = 20
_METHOD = (
    "Wald's test of the difference of two scores with unequal variances (as Welch's), accounts as clusters, "
    "two-sided, normal"
)


def splice(
    old: Annotated[str, typer.Argument(help="The old tool's survey: SOURCE:SURVEY[:QUESTION].")],
    new: Annotated[str, typer.Argument(help="The new tool's: SOURCE:SURVEY[:QUESTION].")],
    within: Annotated[
        float, typer.Option(min=0, help="How many seconds apart the two tools may date the same answer.")
    ] = 1,
    days: Annotated[int, typer.Option(min=1, help="How many days on each side of the change.")] = 90,
    format: Annotated[
        LookFormat, typer.Option(help="table for people, json for machines, with every id.")
    ] = LookFormat.TABLE,
) -> None:
    """Show whether the answers of an old and a new survey tool are one series.

    What both delivered, what counts twice, and whether the score jumps at the change beyond noise.

    Reads the last build. Exit code 1: an answer counts twice; 2: they are not one series.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration import clear_texts, environment, preflight
        from orchestration.splice import comparing, series

        home = environment.home()
        preflight.refuse(home)
        registry = environment.company() / "definition" / "nps_questions.csv"
        surveys = series.one_series(registry, old, new)
        if clear_texts.without_the_key(home):
            typer.echo(
                "without the vault's key, comments are the same where they were written the same, white space"
                " included",
                err=True,
            )
        clear = clear_texts.of(home)
        found = comparing.compare(home.warehouse, *surveys, timedelta(seconds=within), days, clear)
        if format is LookFormat.JSON:
            console.out.print_json(json.dumps(as_json(found), default=str))
        else:
            write(found, console.out)
        raise typer.Exit(int(bool(found.doubles)))


def write(found: Splice, console: Console) -> None:
    """For people: counts, the overlap, what is double, the jump."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("survey", "first answer", "last answer"):
        table.add_column(heading)
    for heading in ("answers", "counted", "excluded"):
        table.add_column(heading, justify="right")
    for survey, answers in zip((found.old, found.new), found.delivered, strict=True):
        counted = sum(each.is_counted for each in answers)
        ends = (f"{answers[0].moment:%Y-%m-%d}", f"{answers[-1].moment:%Y-%m-%d}")
        counts = (len(answers), counted, len(answers) - counted)
        table.add_row(str(survey), *ends, *(f"{each:,}" for each in counts))
    console.print(table)
    console.print()
    for line in _overlap(found):
        console.print(line, markup=False, soft_wrap=True)
    console.print()
    for line in _jumps(found):
        console.print(line, markup=False, soft_wrap=True)


def _overlap(found: Splice) -> list[str]:
    if found.overlap is None:
        assert found.gap is not None
        lines = [f"no overlap: {found.gap.days} days between the last old and the first new answer"]
    else:
        begins, ends = found.overlap
        lines = [f"overlap: {begins:%Y-%m-%d} to {ends:%Y-%m-%d}"]
    by = Counter(pair.by for pair in found.pairs)
    known = ", ".join(f"{by[name]:,} by {name}" for name in ("id", "person", "comment"))
    lines.append(f"delivered by both: {len(found.pairs):,} ({known})")
    for name, alone in (("old", found.only_old), ("new", found.only_new)):
        lines.append(f"only in the {name} one: {len(alone):,}{_ids(alone)}")
    if found.alike:
        told = _ids([pair.old for pair in found.alike])
        lines.append(
            f"of those, {len(found.alike):,} agree with another in moment and score, and tell neither person "
            f"nor comment: each may be the same answer or a stranger's{told}"
        )
    doubles = found.doubles
    once = sum(pair.old.is_counted != pair.new.is_counted for pair in found.pairs)
    neither = Counter(
        pair.old.disposition for pair in found.pairs if not (pair.old.is_counted or pair.new.is_counted)
    )
    reasons = (
        f" ({', '.join(f'{count:,} {reason}' for reason, count in sorted(neither.items()))})"
        if neither
        else ""
    )
    lines.append(
        f"of those delivered by both, {once:,} count once, {neither.total():,} not at all{reasons} "
        f"and {len(doubles):,} twice"
    )
    if not doubles:
        return [*lines, "nothing counts twice"]
    named = _ids([pair.old for pair in doubles])
    return [
        *lines,
        f"{len(doubles):,} answers count twice{named}; end the old question in nps_questions.csv (valid_to) "
        "where the new one begins, and let it be approved",
    ]


def _ids(answers: Sequence[Delivered]) -> str:
    if not answers:
        return ""
    more = f" and {len(answers) - _SHOWN:,} more" if len(answers) > _SHOWN else ""
    return f": {', '.join(each.response_id or each.key for each in answers[:_SHOWN])}{more}"


def _jumps(found: Splice) -> list[str]:
    from orchestration.splice import jump

    lines = [f"the score of {found.days} days before and after: {_told(found.jump)}"]
    lines.append(f"the same days a year (52 weeks) before: {_told(found.year_before)}")
    if found.beyond is not None:
        difference, error, p = found.beyond
        lines.append(f"the jump beyond the season: {difference:+.1f} ± {jump.Z * error:.1f}, p = {p:.3f}")
    return [*lines, f"method: {_METHOD}"]


def _told(one: Jump) -> str:
    sides = zip(("before", "after"), (one.before, one.after), one.answers, one.clusters, strict=True)
    counts = "; ".join(
        f"{name} {'no score' if score is None else f'{score:.1f}'} "
        f"({answers:,} answers, {clusters:,} accounts)"
        for name, score, answers, clusters in sides
    )
    if one.difference is None or one.interval is None:
        return f"{counts}; too few accounts to test"
    low, high = one.interval
    return f"{counts}; difference {one.difference:+.1f} ({low:+.1f} to {high:+.1f}), p = {one.p:.3f}"


def as_json(found: Splice) -> dict[str, Any]:
    """For machines: everything, with the ids."""

    def told(one: Jump) -> dict[str, Any]:
        return {**vars(one), "interval": one.interval}

    def named(answers: Sequence[Delivered]) -> list[str]:
        return [each.response_id or each.key for each in answers]

    return {
        "old": str(found.old),
        "new": str(found.new),
        "answers": [len(each) for each in found.delivered],
        "counted": [sum(answer.is_counted for answer in each) for each in found.delivered],
        "overlap": found.overlap,
        "matched": [
            {
                "old": pair.old.response_id or pair.old.key,
                "new": pair.new.response_id or pair.new.key,
                "by": pair.by,
                "old_disposition": pair.old.disposition,
                "new_disposition": pair.new.disposition,
            }
            for pair in found.pairs
        ],
        "only_old": named(found.only_old),
        "only_new": named(found.only_new),
        "alike": [
            [pair.old.response_id or pair.old.key, pair.new.response_id or pair.new.key]
            for pair in found.alike
        ],
        "double": named([pair.old for pair in found.doubles]),
        "days": found.days,
        "jump": told(found.jump),
        "year_before": told(found.year_before),
        "beyond_season": found.beyond and found.beyond._asdict(),
        "method": _METHOD,
    }
