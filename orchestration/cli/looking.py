"""`nps look`: what a file is, its NPS, and what must be settled before it is accepted, on one screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from look.accepting import Accepted, accept
from look.judging import UNKNOWABLE, Judgement
from look.looking import Look, look_at
from look.proposing import Said
from orchestration import environment
from publication.wording import count, one_decimal

SEEDS = environment.CHECKOUT / "dbt_project" / "seeds"
"""What holds for every company."""
RESPONSES = Path("surveys", "responses")
_CELL = 28


def run(
    path: Path, said: Said, everything: bool, accepting: bool, replace: bool, form: str, out: Console
) -> None:
    """Inspect the file, put it into the inbox if requested, and print the result."""
    governed = (environment.company() / "definition", SEEDS)
    look = look_at(path.expanduser(), governed, environment.as_of(), said, everything)
    accepted = None
    if accepting:
        environment.home().path.mkdir(mode=0o700, parents=True, exist_ok=True)
        inbox, own = environment.home().inbox / RESPONSES, environment.named_company()
        accepted = accept(look, inbox, own / "mappings" / RESPONSES if own else inbox, replace)
    if form == "json":
        out.print_json(json.dumps(as_json(look, accepted), default=str, ensure_ascii=False))
    else:
        write(look, accepted, out)


def pairs(option: str, lines: list[str] | None) -> dict[str, str]:
    """The values of a repeatable option, each `ours=theirs`."""
    parts = [line.partition("=") for line in lines or []]
    for ours, equals, theirs in parts:
        if not (ours and equals and theirs):
            example = "score=HEADER" if option == "--column" else "CET=Europe/Paris"
            raise ValueError(f'{option} is "{ours}{equals}{theirs}"; write it as {option} {example}')
    return {ours.strip(): theirs.strip() for ours, _, theirs in parts}


def as_json(look: Look, accepted: Accepted | None) -> dict[str, Any]:
    """All findings as JSON; figures are not rounded."""
    judged = look.judgement
    return {
        "file": str(look.path),
        "is_sample": look.is_sample,
        "share_read": look.portion.share,
        "findings": [vars(finding) for finding in look.findings.all],
        "columns": look.proposal.columns,
        "mapping": look.proposal.toml,
        "figures": [
            {
                "survey_type": figure.survey_type,
                "definition_version": figure.definition_version,
                "promoters": figure.promoters,
                "passives": figure.passives,
                "detractors": figure.detractors,
                "responses": figure.responses,
                "nps": figure.nps,
                "nps_low": figure.interval[0],
                "nps_high": figure.interval[1],
            }
            for figure in (judged.figures if judged else ())
        ],
        "excluded": {reason: number for reason, (number, _) in judged.excluded.items()} if judged else {},
        "quarantined": {reason: number for reason, (number, _) in judged.quarantined.items()}
        if judged
        else {},
        "left_out": judged.left_out if judged else 0,
        "repeated_ids": judged.older if judged else 0,
        "unknowable": list(UNKNOWABLE),
        "first_rows": list(judged.first) if judged else [],
        "accepted": {"file": str(accepted.file), "mapping": str(accepted.mapping)} if accepted else None,
    }


def write(look: Look, accepted: Accepted | None, out: Console) -> None:
    """Print what is sure, what is not, the first rows, the exclusions, the score."""
    _write_findings(look, out)
    if look.judgement:
        _write_rows(look.judgement, out)
        _write_score(look, look.judgement, out)
    out.print()
    if accepted:
        state = "was already" if accepted.was_there else "is now"
        out.print(
            f"The file {state} in {accepted.file.parent}, its mapping is {accepted.mapping}.", soft_wrap=True
        )
        out.print("Next: nps refresh")
    elif blocking := look.findings.blocking:
        remedies = "; ".join(dict.fromkeys(finding.remedy for finding in blocking))
        out.print(f"[bold]Before it can be accepted:[/] {escape(remedies)}")
    else:
        out.print("[dim]nps look FILE --accept puts the file into the inbox with this mapping:[/]")
        out.print(escape(look.proposal.toml.rstrip()), style="dim")


def _write_findings(look: Look, out: Console) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    table.add_column(overflow="fold")
    for finding in look.findings.all:
        mark = "[green]sure[/]" if finding.is_sure else "[yellow]unsure[/]"
        remedy = f" [dim]({escape(finding.remedy)})[/]" if finding.remedy else ""
        table.add_row(finding.about, mark, escape(finding.text) + remedy)
    out.print(table)


def _write_rows(judged: Judgement, out: Console) -> None:
    shown = [
        name
        for name in (judged.first[0] if judged.first else {})
        if any(row[name] is not None for row in judged.first)
    ]
    if not shown:
        return
    table = Table(
        box=None, pad_edge=False, header_style="bold", title="first rows, as read", title_justify="left"
    )
    for name in shown:
        table.add_column(name, overflow="ellipsis", no_wrap=True, max_width=_CELL)
    for row in judged.first:
        table.add_row(*(escape(_cell(row[name])) for name in shown))
    out.print()
    out.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else " ".join(str(value).split())


def _write_score(look: Look, judged: Judgement, out: Console) -> None:
    out.print()
    for reason, (number, meaning) in {**judged.quarantined, **judged.excluded}.items():
        kind = "in quarantine" if reason in judged.quarantined else "excluded"
        out.print(
            f"{count(number):>9} {kind} [bold]{reason}[/] [dim]{escape(meaning)}[/]",
            soft_wrap=False,
            overflow="ellipsis",
            no_wrap=True,
        )
    if judged.left_out:
        out.print(f"{count(judged.left_out):>9} left out by \\[rows]: this mapping does not apply to them")
    if judged.older:
        out.print(f"{count(judged.older):>9} repeat an id: the later row counts")
    of = f"a sample, {100 * look.portion.share:.1f} % of the file" if look.is_sample else "all rows"
    for figure in judged.figures:
        low, high = (one_decimal(bound) for bound in figure.interval)
        bands = f"{count(figure.promoters)} promoters, {count(figure.passives)} passives"
        out.print(
            f"[bold]NPS {one_decimal(figure.nps)}[/] ({low} to {high}), {count(figure.responses)} answers: "
            f"{bands}, {count(figure.detractors)} detractors "
            f"[dim]({figure.survey_type}, definition {figure.definition_version}; {of})[/]"
        )
    if not judged.figures:
        out.print("[bold]No answer counts[/], so there is no NPS")
    if look.is_sample:
        out.print("[dim]A sample does not compare answers of one person; --all reads everything[/]")
    out.print(f"[dim]Not in a file: {', '.join(UNKNOWABLE)}[/]")
