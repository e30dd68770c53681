"""Each unit test of dbt runs once: half a second of a core, and no build repeats those of another.

Does not belong here: what they prove, which stands beside the models.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.dbt.test_downstream.conftest import DOWNSTREAM, WITHOUT_MONEY
from tests.dbt.test_downstream.test_downstream_reconciliation import UNIT_TESTED
from tests.dbt.test_upstream_answers import SELECTED

pytestmark = pytest.mark.long


def test_each_is_of_a_build(all_vendors: Any) -> None:
    def of(*selected: str) -> set[str]:
        listed = all_vendors.dbt("ls", "--resource-type", "unit_test", *selected)
        assert listed.success, listed.exception
        return set(listed.result)

    cautious = ("--indirect-selection", "cautious")  # as `Warehouse.build` selects
    builds = (
        of("--select", *DOWNSTREAM, *WITHOUT_MONEY, *cautious),
        of("--select", *SELECTED, *cautious),
        of("--select", *UNIT_TESTED),
    )
    assert all(builds)
    assert of() - set().union(*builds) == set()
