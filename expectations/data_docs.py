"""The pages that Great Expectations writes about a run: one folder per stage, the last run only.

Belongs here: where pages go and when they are built. Does not belong here: what is on them.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

_SITE = "last_run"


def add(context: Any, folder: Path) -> None:
    """Have the context write its pages into `folder`, in place of what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    context.add_data_docs_site(
        site_name=_SITE,
        site_config={
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(folder.absolute()),
            },
        },
    )


def build(context: Any, folder: Path) -> Path:
    """Write the pages about what the context has judged; the first of them."""
    context.build_data_docs(site_names=[_SITE])
    return folder / "index.html"
