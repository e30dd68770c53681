"""The pages that Great Expectations writes about a run: one folder per stage, the last run only.

Belongs here: where pages go and how they are built at little cost. Does not belong here: what is on them.

Great Expectations makes a Jinja environment for each kind of page, and each compiles the same templates.
Here, all environments of the process share the compiled templates.
"""

from __future__ import annotations

import functools
import shutil
from pathlib import Path
from types import CodeType
from typing import Any

from great_expectations.render.view import view
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

_SITE = "last_run"


class _Compiled(BytecodeCache):
    """Templates as compiled, by name and the digest of their text."""

    def __init__(self) -> None:
        self._templates: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._templates.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._templates[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def keep_templates() -> None:
    """Make Great Expectations compile a template once. Calling it again changes nothing."""
    views: Any = view
    views.Environment = functools.partial(Environment, bytecode_cache=_COMPILED)


def add(context: Any, folder: Path) -> None:
    """Have the context write its pages into `folder`, in place of what is there."""
    keep_templates()
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
