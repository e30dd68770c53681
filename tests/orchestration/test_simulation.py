"""The simulated company's outside world during a run: what lies in its inbox."""

from pathlib import Path

import pytest

from orchestration import environment, simulation
from orchestration.environment import ConfigurationError


def test_what_people_have_sent_by_its_day_lies_in_the_inbox(state: Path) -> None:
    home = environment.prepare()
    simulation.found(home, answers=400, accounts=None, seed=3)
    simulation.advance(home, 10)
    with simulation.vendors(home):
        files = sorted(path.stem for path in (home.inbox / "surveys" / "erasures").iterdir())
    assert files[0] < "erasures-2026"
    assert "erasures-2026" < files[-1] < "erasures-2026-01-11"

    answers = home.inbox / "surveys" / "responses" / "answers.csv"
    answers.parent.mkdir(parents=True)
    answers.write_text("response_id,score,responded_at\n")
    mixed = r"answers\.csv would be mixed with the simulated company's answers.*NPS_HOME"
    with pytest.raises(ConfigurationError, match=mixed), simulation.vendors(home):
        pass
    answers.unlink()

    (home.demo / "world" / "erasures.parquet").unlink()
    missing = r"erasures\.parquet is missing.*run `nps demo` again"
    with pytest.raises(ConfigurationError, match=missing), simulation.vendors(home):
        pass
