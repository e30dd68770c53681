"""The vault's keys: made once, beside the state folder, for their owner alone; lost ones are said."""

import stat
from pathlib import Path

import pytest

from vault import keys
from vault.keys import VaultKeyError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(keys.SETTING, raising=False)
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def test_they_are_made_once_beside_the_state_folder(home: Path) -> None:
    first, again = keys.writing(home), keys.writing(home)
    assert first.id == again.id
    private = keys.reading(home)
    assert private is not None
    assert private.public_key() == first.public
    folder = home.with_name("state.keys")
    assert sorted(path.name for path in folder.iterdir()) == ["tokens.key", "vault.key", "vault.pub"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in home.with_name("state").parent.iterdir() if "tmp" in path.name] == []


def test_they_lie_where_the_setting_says(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(keys.SETTING, str(tmp_path / "elsewhere" / "keys"))
    keys.writing(home)
    assert (tmp_path / "elsewhere" / "keys" / keys.TOKENS).exists()


def test_not_in_the_state_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(keys.SETTING, str(home / "keys"))
    with pytest.raises(VaultKeyError, match="lie in the state folder"):
        keys.writing(home)


def test_whoever_loads_needs_no_private_key(home: Path) -> None:
    first = keys.writing(home)
    (home.with_name("state.keys") / keys.PRIVATE).unlink()
    assert keys.writing(home).id == first.id
    assert keys.reading(home) is None


def test_lost_keys_are_not_made_anew(home: Path) -> None:
    keys.writing(home)
    place = home.with_name("state.keys")
    place.rename(place.with_name("lost"))
    with pytest.raises(VaultKeyError, match=r"tokens\.key cannot be read .* restore it"):
        keys.writing(home)
    keys.make(place)
    with pytest.raises(VaultKeyError, match=r"was written with the keys .* restore the others"):
        keys.writing(home)


def test_others_may_not_read_them(home: Path) -> None:
    keys.writing(home)
    for name in (keys.TOKENS, keys.PRIVATE):
        (home.with_name("state.keys") / name).chmod(0o640)
    with pytest.raises(VaultKeyError, match=r"chmod 600 .*tokens\.key"):
        keys.writing(home)
    with pytest.raises(VaultKeyError, match=r"chmod 600 .*vault\.key"):
        keys.reading(home)


@pytest.mark.parametrize(("name", "text"), [(keys.TOKENS, "12"), (keys.TOKENS, "xyz"), (keys.PUBLIC, "none")])
def test_what_is_no_key_is_said(home: Path, name: str, text: str) -> None:
    keys.writing(home)
    (home.with_name("state.keys") / name).write_text(text)
    with pytest.raises(VaultKeyError, match="restore them"):
        keys.writing(home)
