"""After a publication, a digest of it to each subscription of the company's config.

Each is told of a publication once. A digest that cannot be delivered fails the run, after all others were
tried; what was published stays published, and the next refresh sends what is missing.
"""

import json
from pathlib import Path

import dagster as dg

from company import subscribing
from company.publishing import EVERYTHING
from orchestration import environment, policy, progress
from orchestration.events import PUBLISHED_COPY
from publication import versions
from serving.errors import DigestError

TOLD = "digests.json"


def defs() -> dg.Definitions:
    """The digests, downstream of the published copy; none where nobody subscribes."""
    if not subscribing.subscriptions(environment.company()):
        return dg.Definitions()

    @dg.asset(
        key="digests",
        deps=[PUBLISHED_COPY],
        group_name="published",
        kinds={"email"},
        pool=policy.WRITER_POOL,
        description="What is new in a publication, told to those who subscribe.",
    )
    def digests() -> dg.MaterializeResult:  # type: ignore[type-arg]
        from serving.digest import Mail, Scope, Subscription, send

        company, home = environment.company(), environment.home()
        folder = versions.current(home.published)
        assert folder is not None  # this step comes after the one that published
        progress.report("tell", "subscribers")
        server = subscribing.mail(company)
        mail = None if server is None else Mail(**server)
        told, failed = _told(home.path / TOLD), []
        for name, said in subscribing.subscriptions(company).items():
            if told.get(name) == folder.name:
                continue
            sees = {} if said["sees"] == EVERYTHING else said["sees"]
            scope = Scope(tuple(sees.get("branch", ())), tuple(sees.get("region", ())))
            subscription = Subscription(
                name, scope, tuple(said.get("to", ())), said.get("webhook"), said["url"]
            )
            if problem := send(folder, subscription, mail):
                failed.append(problem)
                continue
            told[name] = folder.name
            (home.path / TOLD).write_text(json.dumps(told, indent=1) + "\n", "utf-8")
        if failed:
            raise DigestError(
                f"not told of publication {folder.name}: {'; '.join(failed)}; the next refresh tries again"
            )
        return dg.MaterializeResult(metadata={"version": folder.name, "subscriptions": len(told)})

    return dg.Definitions(assets=[digests])


def _told(file: Path) -> dict[str, str]:
    """Subscription → the version it was told of last."""
    try:
        return {str(name): str(version) for name, version in json.loads(file.read_text("utf-8")).items()}
    except (FileNotFoundError, ValueError, AttributeError):
        return {}
