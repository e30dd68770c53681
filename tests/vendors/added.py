"""The product with vendors added to it, as the how-tos say: copied files and a line of the registry each.

`askly` sends surveys, `dealbook` is a CRM, `tally` bills. Nobody offers them: they are what a vendor needs at
least, and what the how-tos show. Belongs here: adding them, and playing them over HTTP. Does not belong here:
what comes of it.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
VENDORS = Path(__file__).parent
REGISTRY = "registry.yml"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ROOMS = (*PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"], "dbt_project", "dagster.yaml")
KEY = "a-key"
Records = Sequence[Mapping[str, Any]]


def files_of(vendor: str) -> list[Path]:
    """What a vendor consists of, by its places in the product; its line of the registry is one of them."""
    folder = VENDORS / vendor
    return sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def product(folder: Path, vendors: Mapping[str, str]) -> Path:
    """A copy of the product's rooms with vendors added: name → whose files it is made of."""
    for room in ROOMS:
        copy = shutil.copytree if (ROOT / room).is_dir() else shutil.copyfile
        copy(ROOT / room, folder / room)
    for name, like in vendors.items():
        for path in files_of(like):
            text = (VENDORS / like / path).read_text("utf-8").replace(like, name)
            if path.name == REGISTRY:
                with (folder / "ingestion" / "vendors.yml").open("a", encoding="utf-8") as registry:
                    registry.write(text)
                continue
            place = folder / str(path).replace(like, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
    (folder / "dbt_project" / "vars.yml").unlink()
    (folder / "dbt_project" / "vars.yml").symlink_to("../ingestion/vendors.yml")
    return folder


@contextmanager
def serving(sent: Mapping[str, Mapping[str, Records]]) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Vendor → table → records over HTTP, two pages of each table, for those who have the key; what has not
    changed since is not sent again. Gives the settings of the loaders, and what is asked for."""
    asked: list[str] = []

    class Vendor(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            _, vendor, _, table = urlsplit(self.path).path.split("/")
            records, query = list(sent[vendor][table]), urlsplit(self.path).query
            half = len(records) // 2
            page: dict[str, Any] = {"data": records[:half], "next": f"/v1/{table}?page=2"}
            if query == "page=2":
                page = {"data": records[half:], "next": None}
            elif query:
                page = {"data": records[-1:], "next": None}
            body = json.dumps(page, separators=(",", ":")).encode()
            self.send_response(200 if self.headers["Authorization"] == f"Bearer {KEY}" else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Vendor) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield (
            {
                f"SOURCES__{vendor.upper()}__{key}": value
                for vendor in sent
                for key, value in (("BASE_URL", f"{address}/{vendor}"), ("API_KEY", KEY))
            },
            asked,
        )
        server.shutdown()
