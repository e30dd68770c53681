"""How often an emulator may be asked: so many times in any so many seconds, and when again."""

from types import SimpleNamespace

import pytest

from demo.vendors import allowance
from demo.vendors.allowance import Allowance, Asked


def test_so_many_are_allowed_in_any_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(allowance, "time", SimpleNamespace(monotonic=lambda: now[0]))
    asking = Allowance(2, 10)
    assert asking.ask() == Asked(True, 1, 10)
    now[0] += 4.5
    assert asking.ask() == Asked(True, 0, 6)
    assert asking.ask() == asking.ask() == Asked(False, 0, 6)  # a refusal does not count
    now[0] += 5.5
    assert asking.ask() == Asked(True, 0, 5)
    assert asking.ask() == Asked(False, 0, 5)
    now[0] += 10
    assert asking.ask() == Asked(True, 1, 10)


def test_without_a_limit_the_usual_one_is_told() -> None:
    asking = Allowance(None, 60, 3)
    assert [asking.ask().remaining for _ in range(5)] == [2, 1, 0, 0, 0]
    assert asking.ask().is_allowed
