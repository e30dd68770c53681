"""`nps listen` as a process of its own, with a company that knows every sender, and posts to it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from demo import webhooks
from demo.webhooks import Post
from tests.companies import ROOT

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRETS = f"""
[receiver.answers]
secret = "{SECRET}"
[receiver.qualtrics]
shared_key = "shared"
[receiver.surveymonkey]
client_id = "id"
client_secret = "secret"
[receiver.typeform]
secret = "open sesame"
"""


@dataclass
class Listening:
    """A receiver that runs."""

    url: str
    home: Path
    process: subprocess.Popen[str]

    def post(self, post: Post, **headers: str) -> httpx.Response:
        return httpx.post(self.url + post.path, content=post.body, headers={**post.headers, **headers})

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def company(folder: Path, config: str = "") -> Path:
    """A company folder with every sender's secrets."""
    if not folder.exists():
        shutil.copytree(ROOT / "company" / "starter", folder)
        (folder / "secrets.toml").write_text(SECRETS)
        (folder / "secrets.toml").chmod(0o600)
        (folder / ".gitignore").write_text("secrets.toml\n")
        with (folder / "config.toml").open("a") as file:
            file.write(config)
    return folder


@contextmanager
def listening(root: Path, config: str = "") -> Iterator[Listening]:
    """A receiver with its state in `root/home`, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NPS_")}
    environment |= {"NPS_HOME": str(root / "home"), "NPS_COMPANY": str(company(root / "company", config))}
    process = subprocess.Popen(
        [sys.executable, "-c", "from orchestration.cli import main; main()", "listen", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}", process)
        yield Listening(f"http://127.0.0.1:{port}", root / "home", process)
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str, process: subprocess.Popen[str]) -> None:
    """Until it answers, or has ended."""
    for _ in range(400):
        assert process.poll() is None, process.stdout and process.stdout.read()
        try:
            assert httpx.get(f"{url}/health").status_code == 200
            return
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("the receiver does not answer")


def answer(identity: str, score: int = 9, **columns: object) -> Post:
    """A signed answer of this moment."""
    said = {"response_id": identity, "score": score, "responded_at": "2026-01-01T00:00:00Z"} | columns
    return webhooks.answer(said, SECRET, int(time.time()), identity)


async def posted_until_it_dies(receiver: Listening, ids: Iterator[str], seconds: float) -> list[str]:
    """Posts from several connections; after some seconds the receiver is killed. The ids it acknowledged."""
    acknowledged: list[str] = []

    async def sender(client: httpx.AsyncClient) -> None:
        while True:
            identity = next(ids)
            post = answer(identity)
            try:
                response = await client.post(
                    receiver.url + post.path, content=post.body, headers=post.headers
                )
            except httpx.TransportError:
                return
            assert response.status_code == 200
            acknowledged.append(identity)

    async with httpx.AsyncClient() as client:
        senders = [asyncio.create_task(sender(client)) for _ in range(16)]
        await asyncio.sleep(seconds)
        receiver.kill()
        await asyncio.gather(*senders)
    return acknowledged
