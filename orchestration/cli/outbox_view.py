"""`nps outbox`: what became of the tasks, and what to do about those that did not get through.

Modules are imported inside the commands, as in `orchestration.cli`. Belongs here: options and what is shown.
Does not belong here: sending (`outbox`), or which tasks are wanted (`outgoing.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from company.writing_back import Target
    from orchestration.environment import Home
    from outbox.standing import Standing

app = typer.Typer(help="Show what became of tasks for a CRM, or send them.", add_completion=False)
TargetName = Annotated[str | None, typer.Option("--target", help="One target; all if absent.")]


@app.callback(invoke_without_command=True)
def outbox(context: typer.Context, target: TargetName = None) -> None:
    """Show each target: how many tasks are written, wait or were refused."""
    if context.invoked_subcommand is not None:
        return
    with _targets(target) as (home, targets):
        from rich.table import Table

        from orchestration import outgoing
        from orchestration.cli import console
        from outbox.standing import standing

        table = Table(header_style="bold", box=None, pad_edge=False)
        for heading in (
            "target",
            "mode",
            "since",
            "written",
            "waiting",
            "dead",
            "not needed",
            "takes nothing",
        ):
            table.add_column(heading)
        for each in targets:
            found = standing(outgoing.folder(home, each))
            counts = (str(len(found.of(state))) for state in ("written", "waiting", "dead", "dropped"))
            mode = "on" if each.is_on else "dry run"
            until = f"until {found.not_before:%Y-%m-%d %H:%M}: {found.reason}" if found.not_before else ""
            table.add_row(each.name, mode, f"{each.since}", *counts, until)
        console.out.print(table)


@app.command()
def rehearse(target: TargetName = None) -> None:
    """A dry run: show what would be written. A target that is switched on writes nothing before that."""
    with _targets(target) as (home, targets):
        from orchestration import outgoing
        from orchestration.cli import console
        from outbox import delivering

        outgoing.bring_up(home, targets)
        for each in targets:
            tasks = delivering.rehearse(outgoing.folder(home, each))
            console.out.print(f"{each.name}: {len(tasks):,} tasks would be written", markup=False)
            for task in tasks[:20]:
                said = (
                    f"{task.case_key[:10]}  {task.due_on}  {task.state:10}  {task.owner_id}  {task.subject}"
                )
                console.out.print(said, markup=False, soft_wrap=True)


@app.command()
def send(
    target: TargetName = None,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to go on trying what fails.")] = 60.0,
) -> None:
    """Write what waits to the targets that are switched on. Exit code 1: something is left."""
    with _targets(target) as (home, targets):
        from orchestration import outgoing
        from orchestration.cli import console

        is_left = False
        for name, done in outgoing.send_all(home, targets, patience):
            is_left = is_left or bool(done.waiting or done.died)
            said = (
                f"{name}: {done.written:,} written, {done.died:,} refused for good, {done.waiting:,} waiting"
            )
            console.out.print(
                f"{said}{f'; {done.problem}' if done.problem else ''}", markup=False, soft_wrap=True
            )
    raise typer.Exit(is_left)


@app.command()
def dead(target: TargetName = None) -> None:
    """Show the tasks that were refused for good, each with the reason."""
    with _targets(target) as (home, targets):
        from orchestration.cli import console

        for name, each in _dead(home, targets):
            said = f"{name}  {each.task.case_key}  {each.task.owner_id}  {each.reason}"
            console.out.print(said, markup=False, soft_wrap=True)


@app.command()
def retry(
    case: Annotated[str, typer.Argument(help="The case, the first characters of it, or all.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who wants it; kept in the log.")],
    target: TargetName = None,
) -> None:
    """Try tasks once more that were refused for good."""
    with _targets(target) as (home, targets):
        from orchestration.cli import console
        from outbox import delivering

        found = [
            (name, each)
            for name, each in _dead(home, targets)
            if case == "all" or each.task.case_key.startswith(case.lower())
        ]
        for name, each in found:
            delivering.again(home.outbox / name, each.task.case_key, by)
        console.out.print(f"{len(found):,} tasks are tried again with the next sending (nps outbox send)")


def _dead(home: Home, targets: Sequence[Target]) -> Iterator[tuple[str, Standing]]:
    from orchestration import outgoing
    from outbox.standing import standing

    for target in targets:
        for each in standing(outgoing.folder(home, target)).of("dead"):
            yield target.name, each


@contextmanager
def _targets(name: str | None) -> Iterator[tuple[Home, list[Target]]]:
    """The state folder and the targets that were asked for; their mistakes in one line."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from company import settings
        from orchestration import environment, outgoing
        from orchestration.environment import ConfigurationError
        from outbox.delivering import NotRehearsedError

        home, company = environment.prepare(), environment.company()
        if mistake := next(settings.judge(company), None):
            raise ConfigurationError(f"the company folder {company} is not in order: {mistake}")
        targets = outgoing.targets(company)
        if not targets:
            raise ConfigurationError(
                f"tasks go nowhere: write [outbox.TARGET] into {company / 'config.toml'}"
                " (docs/how-to/follow-up.md)"
            )
        found = [each for each in targets if name in (None, each.name)]
        if not found:
            raise ConfigurationError(f"there is no target {name}")
        try:
            yield home, found
        except NotRehearsedError as error:
            raise ConfigurationError(str(error)) from error
