"""How the command line speaks: one-line errors, and the chatter that goes into a file."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rich.console import Console
from rich.table import Table

from orchestration import progress
from orchestration.cli import console, refreshing
from orchestration.environment import ConfigurationError


@pytest.mark.parametrize(
    ("error", "code"),
    [(ConfigurationError("set it"), 2), (ValueError("choose one"), 2), (RuntimeError("broken\n  pipe"), 1)],
)
def test_an_error_is_one_line_and_an_exit_code(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        raise error
    assert ended.value.exit_code == code
    assert capsys.readouterr().err == f"error: {' '.join(str(error).split())}\n"


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_command_in_one_line(
    told: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, console.errors_in_one_line(verbose=False):
        os.kill(os.getpid(), told)
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err.startswith("error: Interrupted. ")


def test_verbose_adds_the_stack(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), console.errors_in_one_line(verbose=True):
        raise RuntimeError("broken")
    assert "Traceback" in capsys.readouterr().err


def test_chatter_does_not_come_back_to_a_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shown = io.StringIO()
    terminal = Console(file=shown, force_terminal=True)
    with console.chatter_in(tmp_path / "run.log"), refreshing._shown(terminal, live=True):
        print("a step's own talk")
        print("a step's own talk", file=sys.stderr)
        progress.report("load", "what is going on")
    assert "load what is new" in shown.getvalue()
    assert "own talk" not in shown.getvalue()
    assert (tmp_path / "run.log").read_text().count("own talk") == 2


def test_chatter_of_this_process_and_its_children_goes_into_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "logs" / "run.log"
    with console.chatter_in(log) as terminal:
        print("from python")
        subprocess.run(
            [sys.executable, "-c", "import sys; print('from a child', file=sys.stderr)"], check=True
        )
        terminal.print("for the person")
    print("afterwards")
    out, err = capfd.readouterr()
    assert out == "afterwards\n"
    assert err == "for the person\n"
    assert sorted(log.read_text().splitlines()) == ["from a child", "from python"]


def test_a_terminal_obeys_nothing_of_what_is_printed() -> None:
    """Names and texts come from files and vendors; tables and lines are printed by the same consoles."""
    table = Table("branch\x1b[2J")
    table.add_row("Lyon\x1b]0;owned\x07 \u202e")
    printed = console.Plain(file=io.StringIO(), width=80)
    printed.print(table)
    printed.print("and \x9b31m[bold]so[/] on")
    assert isinstance(printed.file, io.StringIO)
    told = printed.file.getvalue()
    assert not set(told) & set("\x1b\x07\x9b\u202e")
    assert "Lyon\ufffd]0;owned\ufffd" in told
    assert "so on" in told
