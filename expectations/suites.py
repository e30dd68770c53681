"""Which sentences are stated about which table, at each of the three stages.

Belongs here: the list. Does not belong here: what a sentence means, or how it is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from expectations import answers_of_persons as persons
from expectations import declared_members
from expectations import governed_seeds as seeds
from expectations import nothing_lost as complete
from expectations import nps_definition as definition
from expectations import published_branches as named
from expectations import published_bridge as bridge
from expectations import published_changes as explained
from expectations import published_definition as told
from expectations import published_rows as published
from expectations import raw_landings as raw
from expectations.declaring import VendorFields
from expectations.dimensions import governed
from expectations.governed_tables import APPROVALS, PAGES, tables
from expectations.offending_rows import ExpectNoOffendingRows
from expectations.raw_tables import ANSWER_TABLES, RAW_TABLES
from expectations.vendors import declared, vendor_fields

Stage = Literal["raw", "marts", "publication"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True)
class Suite:
    """The sentences stated about one table."""

    schema: str
    table: str
    expectations: tuple[ExpectNoOffendingRows, ...]

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"


def suites(stage: Stage, vendors: Sequence[str], fields: VendorFields | None = None) -> list[Suite]:
    """The suites of a stage for the vendors that are on; `fields` where a company has its own names for them.

    Raises ValueError for an unknown name.
    """
    unknown = [vendor for vendor in vendors if vendor not in RAW_TABLES]
    if unknown:
        raise ValueError(
            f"unknown vendor {unknown[0]!r}; the guard knows {', '.join(RAW_TABLES)};"
            " a new one is declared in expectations/vendors/"
        )
    if stage == "raw":
        split = declared_members.by_table(governed(), vendors)
        return [suite for vendor in vendors for suite in _raw(vendor, fields or vendor_fields(), split)]
    if stage == "marts":
        return _marts(vendors)
    if stage == "publication":
        return _publication(vendors)
    raise ValueError(f"unknown stage {stage!r}; choose one of {', '.join(STAGES)}")


def _raw(vendor: str, fields: VendorFields, split: declared_members.ByTable) -> list[Suite]:
    schema = f"raw_{vendor}"
    answers = ANSWER_TABLES.get(vendor)
    own = declared()[vendor].sentences if vendor in declared() else None
    landed = []
    for table in RAW_TABLES[vendor]:
        stated: list[ExpectNoOffendingRows] = [
            raw.ExpectRecordVersionsToBeUnique(),
            raw.ExpectRowsToHoldWhatWasSent(),
            raw.ExpectLoadsToBeComplete.of(schema),
            raw.ExpectNoVariantColumns.of(schema, table),
        ]
        if table == answers:
            stated.append(raw.ExpectScoresToBeDoubles.of(schema, table))
        if own:
            stated += own(table, fields[vendor][table])
        if (vendor, table) in split:
            stated.append(declared_members.ExpectDeclaredDimensionsToFit.of(split[vendor, table]))
        landed.append(Suite(schema, table, tuple(stated)))
    set_aside = (raw.ExpectQuarantineReasonsFromTheClosedList(), raw.ExpectNothingQuarantinedTwice())
    told = []
    if vendor == "files":
        told = [
            Suite(schema, "intake", (raw.ExpectReadingsOfFilesToAddUp.of(RAW_TABLES[vendor]),)),
            Suite(schema, "withdrawals", (raw.ExpectWithdrawalsToNameWhatIsThere.of(RAW_TABLES[vendor]),)),
        ]
    return [*landed, Suite(schema, "quarantine", set_aside), *told]


def _marts(vendors: Sequence[str]) -> list[Suite]:
    answers = (
        complete.ExpectEveryReceivedAnswer.of(vendors),
        definition.ExpectBandsToFollowTheDefinition(),
        definition.ExpectDispositionsFromTheClosedList(),
        definition.ExpectOnlyValidAnswersToCount(),
        definition.ExpectOnlyRegisteredQuestionsToCount(),
        definition.ExpectTheVersionInForce(),
        definition.ExpectDimensionsNeverNull(),
        definition.ExpectCustomerValueToFollowTheThresholds(),
        definition.ExpectStagesOfTheDefinition(),
        persons.ExpectOneAnswerPerInvitation(),
        persons.ExpectOneAnswerPerPersonWithinTheWindow(),
        persons.ExpectAPersonsAnswersToFollowOneAnother(),
        persons.ExpectErasedAnswersToHoldNothing(),
        persons.ExpectRequestsToBeForgottenToBeKept(),
    )
    reconciled = (complete.ExpectReceivedToEqualCountedExcludedAndQuarantined.of(vendors),)
    return [
        *_definition(),
        Suite("marts", "fct_survey_responses", answers),
        Suite("marts", "audit_reconciliation", reconciled),
    ]


def _definition() -> list[Suite]:
    governed: dict[str, tuple[ExpectNoOffendingRows, ...]] = {
        table: (seeds.ExpectTheContentOfTheFolder.of(table),) for table in tables() if table not in PAGES
    }
    approved = (seeds.ExpectContentToBeApproved(), seeds.ExpectApprovalByAnother())
    governed[APPROVALS] = (*governed.get(APPROVALS, ()), *approved)
    return [
        Suite("definition", "answer_dispositions", (seeds.ExpectReasonsInTheirOrder(),)),
        *(Suite("definition", table, stated) for table, stated in governed.items()),
    ]


def _publication(vendors: Sequence[str]) -> list[Suite]:
    answers = (published.ExpectPublishedAnswersToEqualMarts(), published.ExpectAnswersToBeAlike())
    scores = (published.ExpectNoPersonalData(), published.ExpectNoAddressesInMembers())
    return [
        Suite("publication", "nps_scores", (named.ExpectBranchesToBearTheirNames.of(vendors), *scores)),
        Suite("publication", "nps_responses", answers),
        Suite(
            "publication",
            "branch_scorecards",
            (named.ExpectBranchesToBearTheirNames.of(vendors, with_region=True),),
        ),
        Suite(
            "publication",
            "nps_changes_explained",
            (named.ExpectBranchesToBearTheirNames.of(vendors), explained.ExpectChangesToAddUp()),
        ),
        Suite("publication", "response_dispositions", (published.ExpectExclusionsToBePublished(),)),
        Suite(
            "publication",
            "nps_bridge",
            (bridge.ExpectTheBridgeToEndOnThePublishedScore(), bridge.ExpectEachLineToTakeOutItsReason()),
        ),
        Suite("publication", "metric_definitions", (told.ExpectTheDefinitionToBePublished(),)),
    ]
