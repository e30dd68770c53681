"""How an audit is printed: tables of the evidence, with rounded figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table as Grid

from publication.evidence import Evidence, Table
from publication.figure import split_by
from publication.ledger import Chain
from publication.proving import Proof
from publication.selection import Publication
from publication.wording import count, interval, one_decimal, period

FIRST = 5
MOST_FIGURES = 20


class Titled(NamedTuple):
    """A grid and its title line, which may be wider."""

    title: str
    grid: Grid


def show(
    evidence: Evidence,
    recounted: Table | None,
    differences: Sequence[str],
    chain: Chain,
    console: Console,
) -> None:
    """Print what an auditor asks for first; the pack has everything."""
    _print(_figures(evidence.figures), console)
    if evidence.answers is not None:
        _print(_answers(evidence.answers), console)
    if evidence.exclusions is not None:
        _print(_exclusions(evidence.exclusions), console)
    _print(_definition(evidence.definition), console)
    if evidence.lineage is not None:
        _print(_lineage(evidence.lineage), console)
    console.print()
    for sentence in _verdicts(evidence, recounted, differences, chain):
        console.print(sentence)


def publications(found: Sequence[Publication], console: Console) -> None:
    """Print what was published about a period."""
    shown = _grid("Publications", "sequence", "as of", "figures", "last hash")
    for publication in found:
        shown.grid.add_row(
            str(publication.sequence), str(publication.as_of), count(publication.figures), publication.head
        )
    _print(shown, console)


def proof(found: Proof, console: Console) -> None:
    """Print what a pack proves, and what it lacks."""
    for sentence in found.checks:
        console.print(f"✓ {sentence}")
    for sentence in found.missing:
        console.print(f"· not in the pack: {sentence}")
    console.print(f"publication {found.sequence}, ledger head {found.head}")


def _figures(figures: Table) -> Titled:
    rows = figures.records()
    shown = _grid(
        _more("Figures", len(rows), MOST_FIGURES),
        "survey type",
        "measure",
        "segment",
        "period",
        "definition",
        "answers",
        "promoters",
        "passives",
        "detractors",
        "NPS",
        "95 % interval",
    )
    for row in rows[:MOST_FIGURES]:
        shown.grid.add_row(
            row["survey_type"],
            row["measure"],
            _members(row),
            period(row["period_grain"], row["period_start"], row["period_end"]),
            row["definition_version"],
            count(row["responses"]),
            count(row["promoters"]),
            count(row["passives"]),
            count(row["detractors"]),
            one_decimal(row["nps"]),
            interval(row["nps_low"], row["nps_high"]),
        )
    return shown


def _members(row: dict[str, Any]) -> str:
    names = [row["branch_name"] if part == "branch" else row[part] for part in split_by(row["segment"])]
    return " × ".join(names) or "company"


def _answers(answers: Table) -> Titled:
    rows = answers.records()
    bands = ", ".join(
        f"{count(sum(row['nps_band'] == band for row in rows))} {band}s"
        for band in ("promoter", "passive", "detractor")
    )
    shown = _grid(
        f"{count(len(rows))} answers in these figures: {bands} (the first {min(FIRST, len(rows))})",
        "answer",
        "date",
        "score",
        "band",
        "definition",
    )
    for row in rows[:FIRST]:
        shown.grid.add_row(
            row["answer_id"],
            str(row["response_date"]),
            str(row["likelihood_score"]),
            row["nps_band"],
            row["definition_version"],
        )
    return shown


def _exclusions(exclusions: Table) -> Titled:
    totals: dict[str, int] = {}
    periods = {(row["survey_type"], row["period_grain"], row["period_start"]) for row in exclusions.records()}
    for row in exclusions.records():
        totals[row["disposition"]] = totals.get(row["disposition"], 0) + row["answers"]
    of_several = f", over {len(periods)} survey types and periods" if len(periods) > 1 else ""
    shown = _grid(f"Answers of the same period that do not count{of_several}", "reason", "answers")
    for reason, answers in sorted(totals.items(), key=lambda item: -item[1]):
        shown.grid.add_row(reason, count(answers))
    return shown


def _definition(definition: Table) -> Titled:
    shown = _grid("The definition in force", "version", "element", "item", "value")
    for row in definition.records():
        shown.grid.add_row(row["definition_version"], row["element"], row["item"], row["value_text"])
    return shown


def _lineage(lineage: Table) -> Titled:
    rows = lineage.records()
    shown = _grid(
        _more("Sources of the answers", len(rows), MOST_FIGURES),
        "raw table",
        "survey",
        "question",
        "load",
        "loaded at (UTC)",
        "answers",
    )
    for row in rows[:MOST_FIGURES]:
        shown.grid.add_row(
            row["raw_table"],
            row["survey_id"],
            row["question_id"],
            row["load_id"],
            f"{row['loaded_at']:%Y-%m-%d %H:%M}" if row["loaded_at"] else "",
            count(row["answers"]),
        )
    return shown


def _verdicts(
    evidence: Evidence, recounted: Table | None, differences: Sequence[str], chain: Chain
) -> list[str]:
    said = [f"✓ the ledger's chain holds up to publication {count(chain.sequence)}, head {chain.head}"]
    if evidence.answers is None:
        said.append(
            "· an earlier publication: the ledger has its figures; its answers are no longer available"
        )
    else:
        said.append("✓ the answers have the fingerprints in the ledger")
    if recounted is not None and not differences:
        figures = "1 figure" if len(recounted.rows) == 1 else f"{count(len(recounted.rows))} figures"
        said.append(f"✓ the recount from the vendors' records agrees on {figures}")
    said += [f"✗ recount: {difference}" for difference in differences[:FIRST]]
    return said


def _print(shown: Titled, console: Console) -> None:
    console.print()
    console.print(shown.title, style="italic")
    console.print(shown.grid)


def _more(title: str, rows: int, most: int) -> str:
    return title if rows <= most else f"{title} (the first {most} of {count(rows)})"


def _grid(title: str, *columns: str) -> Titled:
    grid = Grid(header_style="bold", box=None, pad_edge=False)
    numbers = {"answers", "promoters", "passives", "detractors", "NPS", "95 % interval", "figures", "score"}
    for column in columns:
        grid.add_column(column, justify="right" if column in numbers else "left")
    return Titled(title, grid)
