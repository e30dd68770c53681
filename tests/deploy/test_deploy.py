"""What `deploy/` says is understood by those who read it: container builders, Compose, systemd, Prometheus.

No image is pulled and nothing is started: this machine has neither a Docker daemon nor a systemd that runs.
Belongs here: that the files are sound. Does not belong here: what the commands in them do.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from orchestration import exposition
from orchestration.cli import app
from orchestration.environment import Home
from receiver import metrics
from receiver.journal import Journal
from tests.companies import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
NPS = "/opt/nps/.venv/bin/nps"
SET = {"NPS_COMPANY_FOLDER": "/srv/acme", "NPS_POSTGRES_PASSWORD_FILE": "/srv/password"}
#: Of a service that may read nothing but its own folder, systemd says about 1.3; of one without options 9.6.
MOST_EXPOSED = 2.0


def needs(library: str) -> pytest.MarkDecorator:
    """These are packages for Linux on x86-64 only."""
    return pytest.mark.skipif(importlib.util.find_spec(library) is None, reason=f"{library} is not here")


def hadolint(file: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("hadolint")
    if not program.exists():
        pytest.skip("hadolint is not here")
    return subprocess.run([program, "--failure-threshold", "style", file], capture_output=True, text=True)


def test_the_container_file_is_clean(tmp_path: Path) -> None:
    found = hadolint(DEPLOY / "Containerfile")
    assert (found.returncode, found.stdout) == (0, "")
    bad = tmp_path / "Containerfile"
    bad.write_text("FROM python\nRUN cd /opt && pip install uv\n")
    assert {"DL3006", "DL3003", "DL3013"} <= set(re.findall(r"DL\d+", hadolint(bad).stdout))


def test_the_image_has_no_root_and_no_secret() -> None:
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    last = max(at for at, line in enumerate(lines) if line.startswith("FROM"))
    assert [line for line in lines[last:] if line.startswith("USER")] == ["USER 10001:10001"]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert {".git", "data", "**/secrets.toml"} <= set(ignored)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The variables of a compose file: `${NAME:-default}`, `${NAME:?why it must be there}`."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if name in values:
            return values[name]
        if kind == ":-":
            return rest
        raise KeyError(f"{name}: {rest}")

    return re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", value, text)


def composed(values: Mapping[str, str] = SET) -> dict[str, Any]:
    """The compose file with its variables and anchors resolved."""
    found: dict[str, Any] = yaml.safe_load(filled((DEPLOY / "compose.yaml").read_text("utf-8"), values))
    return found


@needs("compose_spec")
def test_compose_understands_the_compose_file() -> None:
    from compose_spec import PyCompose

    plain = composed()
    assert PyCompose.from_yaml(yaml.safe_dump(plain)).service_names() == sorted(plain["services"])
    plain["services"]["web"]["portz"] = []
    with pytest.raises(ValueError, match="portz"):
        PyCompose.from_yaml(yaml.safe_dump(plain))
    with pytest.raises(KeyError, match="the folder of the company"):
        composed({})


def unsound(services: dict[str, Any]) -> list[str]:
    """Services that could do more than they need to, or of which nobody would know that they hang."""
    return [
        name
        for name, each in services.items()
        if not each["read_only"]
        or each["cap_drop"] != ["ALL"]
        or each["security_opt"] != ["no-new-privileges:true"]
        or not ("healthcheck" in each or name == "web")  # whose check is the image's
        or any(not port.startswith("127.0.0.1:") for port in each.get("ports", ()))
        or any(name.endswith(("PASSWORD", "SECRET", "TOKEN")) for name in each.get("environment", {}))
    ]


def test_services_are_closed_and_watched() -> None:
    plain = composed()
    services = plain["services"]
    assert services.keys() == {"web", "daemon", "receiver", "postgres"}
    assert unsound(services) == []
    changes: tuple[dict[str, Any], ...] = (
        {"read_only": False},
        {"cap_drop": []},
        {"security_opt": []},
        {"ports": ["8787:8787"]},
        {"environment": {"PGPASSWORD": "x"}},
    )
    for change in changes:
        assert unsound({"receiver": services["receiver"] | change}) == ["receiver"]
    assert unsound({"daemon": services["daemon"], "x": services["web"]}) == ["x"]
    named = {
        str(volume).partition(":")[0] for each in services.values() for volume in each.get("volumes", ())
    }
    assert {name for name in named if name[0] not in "/."} == plain["volumes"].keys()
    assert {name for each in services.values() for name in each.get("networks", ())} == plain[
        "networks"
    ].keys()


def calls() -> list[list[str]]:
    """How compose and systemd call `nps`."""
    services = composed()["services"].values()
    started = [line for unit in UNITS for line in re.findall(rf"{NPS} (.+)", unit.read_text("utf-8"))]
    return [each["command"] for each in services if "command" in each] + [each.split() for each in started]


@pytest.mark.parametrize("call", calls(), ids=" ".join)
def test_what_is_called_is_a_command_with_these_options(call: list[str]) -> None:
    command = get_command(app).commands[call[0]]  # type: ignore[attr-defined]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in call if word.startswith("--")} <= options


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not here")
    return subprocess.run([program, "--man=no", *arguments], capture_output=True, text=True)


def installed(folder: Path) -> list[Path]:
    """The units with a program that is there."""
    here = str(Path(sys.executable).with_name("nps"))
    for unit in UNITS:
        (folder / unit.name).write_text(unit.read_text("utf-8").replace(NPS, here))
    return sorted(folder.iterdir())


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    units = installed(tmp_path)
    found = analyze("verify", *units)
    assert (found.returncode, found.stderr) == (0, "")
    units[0].write_text(units[0].read_text("utf-8").replace("[Service]", "[Service]\nProtectSistem=strict"))
    assert "ProtectSistem" in analyze("verify", *units).stderr


def exposure(unit: Path) -> float:
    said = analyze("security", "--offline=yes", "--no-pager", unit).stdout
    [level] = re.findall(r"exposure level for \S+: ([\d.]+)", said)
    return float(level)


@pytest.mark.parametrize("unit", [each for each in UNITS if each.suffix == ".service"], ids=lambda p: p.stem)
def test_a_service_can_do_little(unit: Path, tmp_path: Path) -> None:
    [here] = [each for each in installed(tmp_path) if each.name == unit.name]
    assert exposure(here) <= MOST_EXPOSED
    text = here.read_text("utf-8")
    assert "\nUMask=0077\n" in text
    assert "\nReadWritePaths=/var/lib/nps\n" in text
    here.write_text(re.sub("(?m)^(Protect|Restrict|Private|System|Capab|NoNew).*\n", "", text))
    assert exposure(here) > MOST_EXPOSED


@needs("promql_parser")
def test_prometheus_understands_the_rules_and_is_told_what_they_ask(tmp_path: Path) -> None:
    import promql_parser

    [group] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]
    journal = Journal(tmp_path)
    texts = exposition.text(Home(tmp_path)), metrics.text({}, metrics.Refusals(), journal)
    journal.close()
    told = {name for text in texts for name in re.findall(r"# TYPE (\S+)", text.decode())} | {"up"}
    for rule in group["rules"]:
        promql_parser.parse(rule["expr"])
        assert set(re.findall(r"\b(nps_\w+|up)\b", rule["expr"])) <= told, rule["alert"]
        assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["annotations"].keys() == {"summary", "action"}
    with pytest.raises(ValueError, match="invalid promql"):
        promql_parser.parse("sum by instance nps_up")
