"""How fast the receiver takes signed posts: `python -m tests.benchmarks.receiver [--rate 500]`.

Posts leave at fixed moments, whatever the receiver does, and each one's time counts from the moment at
which it was due: a receiver that stalls is not measured less often. The client shares the cores with the
receiver. Each post is signed beforehand, is another answer, and is acknowledged after its fsync.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from receiver.segments import Segments
from tests.receiver.listening import Listening, answer, listening

CONNECTIONS = 64


@dataclass
class Outcome:
    """Seconds from when a post was due until it was acknowledged, and how many were not."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def requests(number: int) -> list[bytes]:
    """Signed posts as they go over the wire."""
    comment = "The technician was friendly, came on time and explained what had been broken." * 3
    found = []
    for at in range(number):
        post = answer(f"R{at}", at % 11, comment=comment, account_id=f"A{at % 997}", branch_id=f"B{at % 31}")
        head = f"POST {post.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(post.body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in post.headers.items())
        found.append(head.encode() + b"\r\n" + post.body)
    return found


async def post_all(receiver: Listening, sent: list[bytes], rate: float) -> Outcome:
    """Every post at its moment, over connections that stay open."""
    outcome, numbers = Outcome(), count()
    began = time.perf_counter() + 0.2
    host, port = receiver.url.removeprefix("http://").split(":")

    async def connection(turns: Iterator[int]) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while (turn := next(turns)) < len(sent):
            due = began + turn / rate
            await asyncio.sleep(due - time.perf_counter())
            writer.write(sent[turn])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            if head.startswith(b"HTTP/1.1 200"):
                outcome.seconds.append(time.perf_counter() - due)
            else:
                outcome.failed += 1
        writer.close()

    await asyncio.gather(*(connection(numbers) for _ in range(CONNECTIONS)))
    return outcome


def main() -> None:
    """Prints a row of the table in docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.receiver")
    parser.add_argument("--rate", type=float, default=500, help="posts per second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--folder", type=Path, help="where to write; default: the temporary folder")
    options = parser.parse_args()
    sent = requests(int(options.rate * options.seconds))
    with tempfile.TemporaryDirectory(dir=options.folder) as folder, listening(Path(folder)) as receiver:
        began, before = time.perf_counter(), os.getloadavg()[0]
        outcome = asyncio.run(post_all(receiver, sent, options.rate))
        seconds = time.perf_counter() - began
        statistics = Path(f"/proc/{receiver.process.pid}/stat").read_text().rpartition(")")[2].split()
        used = sum(map(int, statistics[11:13])) / os.sysconf("SC_CLK_TCK")
        kept = Segments(receiver.home / "received" / "answers").standing().received
    print(f"load average before: {before:.1f}")
    print("| posts/s | acknowledged | refused | on disk | p50 ms | p95 ms | p99 ms | longest ms | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|")
    times = " | ".join(f"{outcome.percentile(share):.1f}" for share in (0.5, 0.95, 0.99, 1.0))
    achieved = len(outcome.seconds) / seconds
    print(f"| {achieved:.0f} | {len(outcome.seconds)} | {outcome.failed} | {kept} | {times} | {used:.1f} |")


if __name__ == "__main__":
    main()
