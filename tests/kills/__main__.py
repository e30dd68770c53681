"""`python -m tests.kills`: a refresh is killed at a hundred moments. It goes on where a run was ended.

Each line of `--kept` has a kill: its number, its moment, and what was wrong afterwards.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from random import Random

from tests.companies import speak_for_verdant
from tests.kills.company import Company
from tests.kills.killing import killed, measured


def main() -> int:
    """The exit status: 1 where a kill left something wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", type=Path, default=Path("data/kills.jsonl"))
    asked = parser.parse_args()
    speak_for_verdant()
    asked.kept.parent.mkdir(parents=True, exist_ok=True)
    lines = asked.kept.read_text("utf-8").splitlines() if asked.kept.exists() else []
    done = {(kill["seed"], kill["number"]): kill["wrong"] for kill in map(json.loads, lines)}
    moments = [Random(f"{asked.seed} {number}").random() for number in range(asked.times)]
    left = [number for number in range(asked.times) if (asked.seed, number) not in done]
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        if left:
            company.found()
            expected, seconds = measured(company)
        for number in left:
            after = moments[number] * seconds
            wrong = killed(company, after, expected)
            done[asked.seed, number] = wrong
            kill = {"seed": asked.seed, "number": number, "after": round(after, 2), "wrong": wrong}
            with asked.kept.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(kill) + "\n")
            print(
                f"{number + 1} of {asked.times}, after {after:.1f} s: {'; '.join(wrong) or 'the same'}",
                flush=True,
            )
    bad = sum(bool(done[asked.seed, number]) for number in range(asked.times))
    print(f"{asked.times} kills, {bad} with something wrong")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
