"""The command line's output: one line for an error, a log file for the rest.

Belongs here: what every command shares. Does not belong here: the messages of one command.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingestion import masking

FAILED = 1
UNUSABLE = 2
INTERRUPTED = 130
NOBODY_READS = 141


class Plain(Console):
    """A console that prints texts of others: a terminal obeys nothing of what they hold, and no secret of the
    vendors' settings is shown."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(masking.shown(text), **options)


out = Plain(highlight=False, width=None if sys.stdout.isatty() else 200)
"""Results; progress and errors go to standard error. Lines are not truncated in a pipe."""


def say_error(message: str) -> None:
    """Print the message as one line on standard error."""
    from orchestration import logs

    if logs.are_json():
        print(logs.line("error", " ".join(message.split())), file=sys.stderr, flush=True)
        return
    Plain(stderr=True, highlight=False, soft_wrap=True).print(
        f"[bold red]error:[/] {_escaped(' '.join(message.split()))}"
    )


@contextlib.contextmanager
def errors_in_one_line(verbose: bool, usage: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """End the command on an error: exit code 2 for configuration and `usage` errors, 1 for any other.

    SIGTERM ends it as Ctrl-C does, with clean-up: exit code 130.
    """
    from orchestration import environment, space
    from orchestration.environment import ConfigurationError

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        if verbose:
            traceback.print_exc()
        say_error("Interrupted. The published version is unchanged; rerun the command.")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:  # the reader, such as `head`, has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(NOBODY_READS) from None
    except Exception as error:
        if verbose:
            traceback.print_exc()
        say_error(space.explained(str(error) or type(error).__name__, environment.home()))
        raise typer.Exit(UNUSABLE if isinstance(error, (ConfigurationError, *usage)) else FAILED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def chatter_in(log: Path | None) -> Iterator[Console]:
    """Redirect everything printed within the block, by child processes too, to `log`.

    Yields a console on the real standard error. If `log` is None, nothing is redirected.
    """
    if log is None:
        yield Plain(stderr=True, highlight=False)
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(log.open("a", encoding="utf-8", buffering=1))
        terminal = stack.enter_context(_own_stream())
        for descriptor in (1, 2):
            stack.callback(_restore, descriptor, os.dup(descriptor))
            os.dup2(sink.fileno(), descriptor)
        stack.enter_context(contextlib.redirect_stdout(sink))
        stack.enter_context(contextlib.redirect_stderr(sink))
        yield Plain(file=terminal, highlight=False)


def log_file(folder: Path, command: str) -> Path:
    """A new log file's name: `<command>-<UTC time>.log`."""
    return folder / f"{command}-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"


def markdown(table: Table) -> str:
    """A table's title and cells as Markdown."""
    lines = [
        [str(column.header) for column in table.columns],
        ["--:" if column.justify == "right" else "---" for column in table.columns],
        *zip(*([str(cell) for cell in column.cells] for column in table.columns), strict=True),
    ]
    rows = [f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines]
    return "\n".join([*([f"**{table.title}**", ""] if table.title else []), *rows, ""])


@contextlib.contextmanager
def _own_stream() -> Iterator[TextIO]:
    """The current standard error, on its own descriptor if it has a real one."""
    sys.stderr.flush()
    sys.stdout.flush()
    try:
        descriptor = os.dup(sys.stderr.fileno())
    except (OSError, ValueError):
        yield sys.stderr
        return
    with os.fdopen(descriptor, "w", encoding="utf-8", buffering=1) as stream:
        yield stream


def _restore(descriptor: int, saved: int) -> None:
    os.dup2(saved, descriptor)
    os.close(saved)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
