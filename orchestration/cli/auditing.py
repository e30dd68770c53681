"""`nps audit`: the options. What is shown and written belongs in `audit`.

Modules are imported inside the commands, as in `orchestration.cli`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import Verbose

app = typer.Typer(
    help="Prove a published figure: answers, exclusions, definition, lineage, recount, ledger.",
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def audit(
    context: typer.Context,
    survey_type: Annotated[
        str | None, typer.Option(help="relationship or transactional; default: both.")
    ] = None,
    measure: Annotated[str, typer.Option(help="in_period or current_state.")] = "in_period",
    period: Annotated[
        str, typer.Option(help="month, quarter, year, trailing_90d, trailing_365d or all_time.")
    ] = "trailing_365d",
    period_start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; default: the newest period.")
    ] = None,
    period_end: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day after the last day.")
    ] = None,
    segment: Annotated[
        str | None, typer.Option("--segment", "--by", help="company, branch, …, or a pair with *.")
    ] = None,
    branch: Annotated[str | None, typer.Option(help="Short for --member branch=…: its id or name.")] = None,
    member: Annotated[
        list[str] | None,
        typer.Option(help="DIMENSION=MEMBER of the segment, as published; once for each dimension."),
    ] = None,
    published: Annotated[
        str | None,
        typer.Option(help="Everything published about a period instead: 2025, 2025-Q4 or 2025-12."),
    ] = None,
    pack: Annotated[
        Path | None, typer.Option(help="Write the evidence to this folder, and to a zip beside it.")
    ] = None,
) -> None:
    """Show the evidence behind a published figure. Without options: the company's newest year.

    Exit code 0: it holds; 1: it does not, or it does not exist; 2: the question is not understood.
    """
    if context.invoked_subcommand is not None:
        return
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration.cli import audit as auditor
        from publication.selection import Question

        chosen = auditor.members([*(member or []), *([f"branch={branch}"] if branch else [])])
        question = Question(
            survey_type=survey_type,
            measure=measure,
            period=period,
            period_start=period_start.date() if period_start else None,
            period_end=period_end.date() if period_end else None,
            segment=auditor.segment(segment, chosen),
            members=chosen,
        )
        raise typer.Exit(auditor.run(None if published else question, published, pack))


@app.command()
def verify(
    pack: Annotated[
        Path | None, typer.Argument(help="A pack: its zip or its folder; without one, the ledger here.")
    ] = None,
    here: Annotated[bool, typer.Option(help="Also compare with the ledger in this NPS_HOME.")] = False,
    witness: Annotated[
        list[Path] | None,
        typer.Option(help="What was kept elsewhere: a file store, a time stamp (.tsr), a digest."),
    ] = None,
    key: Annotated[
        list[Path] | None,
        typer.Option(help="A public key (PEM) or a list of keys (TOML), from somebody you trust."),
    ] = None,
    certificates: Annotated[
        list[Path] | None, typer.Option(help="Certificates (PEM) of the authorities whose stamps you trust.")
    ] = None,
) -> None:
    """Verify an evidence pack on any machine, or the ledger here: chain, signatures, witnesses.

    Exit code 0: it is what was published; 1: it is not.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration.cli import verifying

        given = verifying.Given(witness or (), key or (), certificates or ())
        raise typer.Exit(verifying.pack(pack, given, here=here) if pack else verifying.whole(given))


@app.command()
def money(
    table: Annotated[
        str,
        typer.Argument(
            help="revenue_association, revenue_at_risk, revenue_coverage, churn_curves, band_transitions or"
            " weighted_scores."
        ),
    ],
    of: Annotated[
        list[str] | None,
        typer.Option("--of", metavar="COLUMN=MEMBER", help="Which figures, by their key; repeatable."),
    ] = None,
    pack: Annotated[
        Path | None, typer.Option(help="Write the evidence to this folder, and to a zip beside it.")
    ] = None,
) -> None:
    """Show the accounts and documents behind a published figure of money, and count it again from raw.

    Exit code 0: it holds; 1: it does not, or it does not exist; 2: the question is not understood.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration.cli import audit_money

        raise typer.Exit(audit_money.run(table, audit_money.members(of or []), pack))


@app.command()
def rerun(
    version: Annotated[
        str | None,
        typer.Argument(help="A version, or its number in the ledger; without one, the current publication."),
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Make a past publication again, from raw and definition as they were then, and compare every cell.

    Publishes nothing. Exit code 0: every cell is the same; 1: it is not, or it cannot be made again.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose):
        from orchestration.cli import rerunning

        raise typer.Exit(rerunning.run(version, verbose))
