"""`nps serve`: the pages of what is current, and no answer under another name."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from publication import versions
from serving import web


@dataclass
class Client:
    """Asks the application as somebody does who opened it under a host name."""

    published: Path
    host: str = "127.0.0.1:8080"
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._application = web.application(self.published, lambda: b"nps_up 1\n", self.names)

    def get(self, path: str, method: str = "GET") -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._application)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{self.host}") as asking:
                return await asking.request(method, path)

        return asyncio.run(ask())


def publish(published: Path, version: str, text: str) -> None:
    """A version with one page, and the link to it."""
    pages = published / "versions" / version / "pages"
    pages.mkdir(parents=True)
    (pages / "index.html").write_text(text)
    (pages.parent / "manifest.json").write_text("{}")
    link = published / versions.LINK
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / version)


def test_a_page_is_that_of_the_current_version(tmp_path: Path) -> None:
    asking = Client(tmp_path)
    assert asking.get("/").status_code == 404
    assert asking.get("/manifest.json").status_code == 404
    assert asking.get("/healthz").json() == {"status": "ok", "version": None}
    publish(tmp_path, "1", "one")
    assert asking.get("/").text == "one"
    publish(tmp_path, "2", "two")
    answer = asking.get("/index.html")
    assert answer.text == "two"
    assert answer.headers["cache-control"] == "no-cache"
    assert asking.get("/manifest.json").json() == {}
    assert asking.get("/metrics").text == "nps_up 1\n"


def test_health_says_where_what_is_published_cannot_be_read(tmp_path: Path) -> None:
    publish(tmp_path, "1", "one")
    assert Client(tmp_path).get("/healthz").status_code == 503


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/manifest.json"])
def test_another_host_is_answered_nothing(tmp_path: Path, path: str) -> None:
    publish(tmp_path, "1", "one")
    assert Client(tmp_path, "evil.example").get(path).status_code == 400
    named = Client(tmp_path, "nps.acme.example", ("nps.acme.example",)).get("/")
    assert named.text == "one"


def test_nothing_beside_the_pages_is_served_and_nothing_is_taken(tmp_path: Path) -> None:
    publish(tmp_path, "1", "one")
    (tmp_path / "secret").write_text("x")
    asking = Client(tmp_path)
    (tmp_path / "versions" / "1" / "pages" / "link").symlink_to(tmp_path / "secret")
    for path in ("/%2e%2e/%2e%2e/%2e%2e/secret", "/..%2f..%2f..%2fsecret", "/..%2fmanifest.json", "/link"):
        assert asking.get(path).status_code == 404
    for path in ("/", "/healthz", "/metrics", "/manifest.json"):
        assert asking.get(path, "POST").status_code == 405
