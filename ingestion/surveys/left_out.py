"""Surveys that a company leaves out, because they cannot be read: `definition/left_out.toml`, approved.

Belongs here: which surveys these are, and the error of one that cannot be read and is not among them. Does
not belong here: the rules of the file (`company/left_out.py`), or who has approved it.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ingestion.errors import RefusedError, SourceError

FILE: Final = "definition/left_out.toml"
#: Not shared with the credentials, or gone.
OF_ONE_SURVEY: Final = (403, 404)


def left_out(source: str) -> Mapping[str, str]:
    """Survey → why it is left out, of this source."""
    company = os.environ.get("NPS_COMPANY")
    file = Path(company or "", FILE)
    if not company or not file.is_file():
        return {}
    said: dict[str, Any] = tomllib.loads(file.read_text("utf-8-sig"))
    return {str(survey): str(reason) for survey, reason in said.get(source, {}).items()}


@contextmanager
def one_survey(source: str, survey_id: str) -> Iterator[None]:
    """Requests about one survey: a refusal names it, and how to go on without it."""
    try:
        yield
    except SourceError as error:
        if error.status not in OF_ONE_SURVEY:
            raise
        remedy = f"share it with the credentials, or leave it out: [{source}] in {FILE}, with a reason"
        problem = f"cannot be read ({str(error).removeprefix(f'{source}: ')})"
        raise RefusedError(source, f"survey {survey_id}", problem, remedy, error.status) from error
