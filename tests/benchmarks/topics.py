"""How fast comments get their topics: `python -m tests.benchmarks.topics [--comments 100000]`.

Each comment is one to four labelled comments of one or more languages and a number, so that no two are alike.
"""

import argparse
import random
import time
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

from company.taxonomy import declared
from tests.companies import VERDANT
from tests.topics.test_labelled import labelled
from topics.many import Comment, Counts, read_all


def made(number: int) -> list[Comment]:
    """So many comments in six languages; the same on every machine."""
    drawn = random.Random(67)
    sentences: dict[str, list[str]] = {}
    for each in (*labelled("labelled.csv"), *labelled("development.csv")):
        sentences.setdefault(each.language, []).append(each.comment)
    languages = sorted(sentences)
    return [
        (f"R{at}", f"{' '.join(drawn.sample(sentences[drawn.choice(languages)], drawn.randint(1, 4)))} {at}")
        for at in range(number)
    ]


def main() -> None:
    """Measure at the size asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.topics", description=__doc__)
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    taxonomy = declared(VERDANT)
    assert taxonomy is not None
    comments, counts = made(options.comments), Counts()
    began = time.perf_counter()
    for name, reading in read_all(comments, taxonomy, options.processes):
        counts.add(name, reading)
    seconds = time.perf_counter() - began
    cpu = sum(sum(getrusage(whose)[:2]) for whose in (RUSAGE_SELF, RUSAGE_CHILDREN))
    letters = sum(len(text or "") for _, text in comments) / len(comments)
    print(f"{counts.comments:,} comments of {letters:.0f} characters: {seconds:.1f} s (CPU {cpu:.1f} s)")
    print(*counts.said(), sep="\n")


if __name__ == "__main__":
    main()
