"""The command line `nps`. Each command is a few lines here; a module in this folder does the work.

Modules are imported inside the commands: `nps --help` must not wait for Dagster, dbt and dlt.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Annotated

import typer

from ingestion.errors import SourceError
from orchestration.cli import (
    auditing,
    backfilling,
    backing_up,
    bridging,
    causing,
    commenting,
    defining,
    erasing,
    explaining,
    exporting,
    fast_lane,
    financing,
    following_up,
    keeping_keys,
    listening,
    outbox_view,
    persons_view,
    rebuilding,
    serving_pages,
    showing,
    splicing,
    targeting,
    topics_of_comments,
)
from orchestration.cli.options import DateOrder, Format, LogForm, LookFormat, Verbose

app = typer.Typer(
    help="An NPS you can trust: load, check, publish and read it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(auditing.app, name="audit")
app.add_typer(following_up.app, name="cases")
app.add_typer(defining.app, name="definition")
app.add_typer(financing.app, name="finance")
app.add_typer(keeping_keys.app, name="keys")
app.add_typer(outbox_view.app, name="outbox")
app.add_typer(persons_view.app, name="person")
app.add_typer(showing.app, name="show")
app.add_typer(topics_of_comments.app, name="topics")
for command in (
    *(exporting.export, exporting.dashboard, bridging.bridge, causing.causes, causing.drivers),
    *(commenting.comments, explaining.why, fast_lane.fast, listening.listen),
    *(rebuilding.replay, backfilling.backfill, splicing.splice, targeting.targets),
    *(backing_up.backup, backing_up.restore, serving_pages.serve, serving_pages.daemon),
    erasing.erase,
):
    app.command()(command)


@app.callback()
def named(
    company: Annotated[
        Path | None,
        typer.Option(help="The company folder; else NPS_COMPANY names it.", metavar="DIR"),
    ] = None,
    log: Annotated[
        LogForm | None, typer.Option(help="json: progress and errors as JSON lines; else NPS_LOG says it.")
    ] = None,
) -> None:
    """NPS that can be trusted: load, judge, publish and read it."""
    if company is not None:
        os.environ["NPS_COMPANY"] = str(company)
    if log is not None:
        os.environ["NPS_LOG"] = log.value


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Write a company folder to begin with: its definition, mappings, settings and secrets."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration.cli import companies

        companies.begin(folder, console.out)


@app.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A company folder; the one that is named if absent."),
    ] = None,
) -> None:
    """Judge a company folder without loading anything: every mistake with file, line and remedy.

    Exit code 0: it is in order; 2: it is not.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration.cli import companies

        raise typer.Exit(companies.check(folder, console.out))


@app.command()
def refresh(
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="LIMIT[:SUBJECT]", help="Publish even if this limit is exceeded; repeatable."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="The reason for --accept; recorded with the publication.")
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Load what is new, rebuild, check, and publish if every check passes.

    If nothing is new, nothing is rebuilt: the published version stays.

    --accept applies to this refresh only. Manifest and ledger record who accepted the limit (NPS_USER, or the
    system's user), when and why.

    Exit code 0: done; 1: the pipeline failed and the previous publication stays, or a vendor could not be
    loaded and the rest is published; 2: the configuration is unusable and nothing was started; 130:
    interrupted.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose):
        from orchestration.cli import refreshing

        raise typer.Exit(refreshing.run(verbose, accept or (), reason))


@app.command()
def demo(
    answers: Annotated[int, typer.Option(min=20, help="Survey answers to simulate.")] = 25_000,
    accounts: Annotated[int | None, typer.Option(min=20, help="Customer accounts to simulate.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed and size give the same company.")] = None,
    days: Annotated[int, typer.Option(min=0, help="Let this many days pass in the existing company.")] = 0,
    verbose: Verbose = False,
) -> None:
    """Simulate a company and its vendor APIs over HTTP, and publish its NPS."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose, usage=(ValueError,)):
        from orchestration.cli import demonstration

        raise typer.Exit(demonstration.run(answers, accounts, seed, days, verbose))


@app.command()
def metric(
    metrics: Annotated[
        str | None, typer.Argument(help="Metric names, separated by commas; without any, list all metrics.")
    ] = None,
    by: Annotated[str, typer.Option(help="Dimensions to split by: branch,journey_stage,…")] = "",
    grain: Annotated[
        str | None, typer.Option(help="day, week, month, quarter or year; default: one figure for all time.")
    ] = None,
    where: Annotated[
        str | None, typer.Option(help="A condition: \"branch = 'B1' and date >= '2026-01-01'\".")
    ] = None,
    format: Annotated[
        Format, typer.Option(help="table rounds for people; csv and json do not.")
    ] = Format.TABLE,
) -> None:
    """Query the semantic layer: any metric by any dimension.

    What people said is shown where it is published, and as it was. How many answered, and what else has no
    floor, is the latest build's. Never combines survey types or versions of the definition.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import dbt, environment
        from orchestration.cli import metrics as asking

        if metrics is None:
            asking.write_known(dbt.target(), console.out)
        else:
            answer = asking.ask(environment.home(), dbt.target(), metrics, by, grain, where)
            asking.write(answer, format.value, console.out)


@app.command()
def site(
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the pages to this new folder instead of opening them."),
    ] = None,
) -> None:
    """Open the page that leads to everything in a browser: the published pages, and how they came about.

    Prints where it is. The pages need no network and no server.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration import environment
        from orchestration.cli import reading

        reading.run(environment.home(), to, console.out)


@app.command()
def restate(
    version: Annotated[
        str, typer.Argument(help="A version from definition/nps_definitions.csv in the company folder.")
    ],
    verbose: Verbose = False,
) -> None:
    """Show what the published figures would be if one version of the definition had always been in force.

    Prints both, labelled. The published figures do not change.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose, usage=(ValueError,)):
        from orchestration.cli import restating

        raise typer.Exit(restating.run(version, verbose))


@app.command()
def sources(
    prove: Annotated[
        bool, typer.Option("--prove", help="Ask the vendors what they have, and compare it with raw.")
    ] = False,
) -> None:
    """Show which vendors are configured, what their last loads brought, and what is in quarantine."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration import environment, simulation
        from orchestration.cli import inventory, proving

        home = environment.prepare()
        if company := simulation.state(home):
            simulation.point_at(simulation.address(company))
        if prove:
            raise typer.Exit(not proving.write(console.out))
        inventory.write(console.out)


@app.command()
def look(
    file: Annotated[Path, typer.Argument(help="A file of answers: CSV, TSV, JSON lines, Parquet or XLSX.")],
    accept: Annotated[
        bool, typer.Option("--accept", help="Put the file into the inbox, with the inferred mapping.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="With --accept: replace the existing file or mapping of that name."),
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Read every row of a large file, not a sample.")
    ] = False,
    column: Annotated[
        list[str] | None, typer.Option(help="Assign a column: score=HEADER, responded_at=HEADER, …")
    ] = None,
    date_order: Annotated[
        DateOrder | None, typer.Option(help="The order of day, month and year in its dates.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="For times written without a zone, such as Europe/Paris.")
    ] = None,
    zone: Annotated[
        list[str] | None, typer.Option(help="The meaning of a zone abbreviation: CET=Europe/Paris.")
    ] = None,
    quotes: Annotated[
        bool | None, typer.Option("--quotes/--no-quotes", help="Whether quotation marks enclose cells.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="XLSX: the sheet to read.")] = None,
    date: Annotated[
        str | None, typer.Option(help="The date of all answers, if no column holds dates: 2026-01-31.")
    ] = None,
    format: Annotated[
        LookFormat, typer.Option(help="table for people, json for machines.")
    ] = LookFormat.TABLE,
) -> None:
    """Inspect a file before loading it: its mapping, what is unsure, what is excluded, and its NPS.

    Exit code 2: the file cannot be understood, or something must be settled before --accept.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError, SourceError)):
        from look.proposing import Said
        from orchestration.cli import looking

        columns, zones = looking.pairs("--column", column), looking.pairs("--zone", zone)
        said = Said(columns, date_order, timezone, sheet, date, zones, quotes)
        looking.run(file, said, everything, accept, replace, format.value, console.out)


@app.command()
def dev(port: Annotated[int, typer.Option(min=1, max=65535)] = 3000) -> None:
    """Serve Dagster's web page for this project, on loopback only: it has no login."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration import webserver

        raise typer.Exit(webserver.serve(port))


def main() -> None:
    """Entry point of the `nps` script."""
    # Imports and rows leave hardly any cycles to look for, and looking is a fifth of what importing costs.
    gc.set_threshold(200_000, 50, 100)
    app()
