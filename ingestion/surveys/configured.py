"""What a company says of a vendor's surveys: which questions are scored, and what their links call things.

Belongs here: settings that survey vendors share. Does not belong here: where a vendor's record has a value.
"""

from collections.abc import Mapping
from typing import Any, Final

from ingestion import warehouse
from ingestion.errors import ConfigurationError
from ingestion.surveys.left_out import left_out
from ingestion.tables import Column, Kind

#: What a link can carry: columns of an answer, under the names that vendors are told unless the company says
#: otherwise.
CARRIED: Final[Mapping[str, str]] = {
    "invitation_id": "invitation_id",
    "account_id": "account_id",
    "contact_id": "contact_id",
    "respondent_email": "email",
    "branch_id": "branch_id",
    "event_at": "event_at",
    "employee_id": "employee_id",
    "device_id": "device_id",
}


def scored(source: str, setting: str) -> dict[str, tuple[str, ...]]:
    """Survey → the ids of its scored questions, of those that the company does not leave out.
    `ConfigurationError` where none is named."""
    path = f"sources.{source}.{setting}"
    found: dict[str, tuple[str, ...]] = {}
    for survey, named in warehouse.setting(source, setting, {}).items():
        questions = (named,) if isinstance(named, str) else named
        if not isinstance(questions, list | tuple) or not all(
            isinstance(each, str) and each for each in questions
        ):
            raise ConfigurationError(
                f"`{path}.{survey}` should be a question's id or a list of them: {named!r}"
            )
        found[survey] = tuple(questions)
    if not any(found.values()):
        raise ConfigurationError(
            f"{source}: the setting `{path}` is missing; name each survey and its NPS question under "
            f'[{path}] in config.toml of the company folder: `survey = "question"`'
        )
    without = left_out(source)
    return {survey: questions for survey, questions in found.items() if survey not in without}


def own_names(path: str, usual: Mapping[str, str], configured: Mapping[str, str]) -> dict[str, str]:
    """Column → the vendor's field, with what is configured. `ConfigurationError` for an unknown column."""
    if unknown := sorted(configured.keys() - usual.keys()):
        raise ConfigurationError(
            f"`{path}` names {', '.join(unknown)}, which is not an answer column; "
            f"choose from {', '.join(usual)}"
        )
    return {**usual, **configured}


def carried_columns(within: str, names: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns of what links carry, which the vendor's record has under `within`."""
    return tuple(
        Column(column, Kind.TIMESTAMP if column.endswith("_at") else Kind.TEXT, (within, name))
        for column, name in names.items()
    )


def reading_under(
    names: Mapping[str, str], usual: Mapping[str, str], state: dict[str, Any], setting: str
) -> int:
    """How often the names have been changed. `state` keeps all there have been; the usual ones are the first,
    so that what was loaded before there was such a list is read again too."""
    readings: list[Mapping[str, str]] = state.setdefault(setting, [dict(usual)])
    if readings[-1] != names:
        readings.append(dict(names))
    return len(readings) - 1
