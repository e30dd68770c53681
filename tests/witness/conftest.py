"""What the tests of witnesses share: a key, an authority that serves, and a state folder that signs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.witness import books
from tests.witness.authority import Authority, served
from witness import keys
from witness.keys import PrivateKey


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's key, outside every state folder."""
    path = tmp_path_factory.mktemp("etc") / "acme.key"
    keys.new(path)
    return path


@pytest.fixture(scope="session")
def key(key_file: Path) -> PrivateKey:
    return keys.private(key_file)


@pytest.fixture(scope="session")
def serving() -> Iterator[Authority]:
    with served(Authority()) as authority:
        yield authority


@pytest.fixture
def authority(serving: Authority) -> Iterator[Authority]:
    """It answers as it should, whatever another test made it say."""
    yield serving
    serving.answer, serving.status, serving.now = None, 200, Authority.now


@pytest.fixture
def home(tmp_path: Path, key: PrivateKey, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder with three signed publications, of a company that lists the key."""
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NPS_COMPANY", str(books.company(tmp_path / "acme", books.entry(key))))
    return books.written(tmp_path / "home", signer=key)
