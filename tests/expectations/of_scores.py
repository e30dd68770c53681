"""What follows from the published scores of the made-up answers, as the recount has it; dbt's are compared
with it by every refresh.

Belongs here: root causes, targets and control charts of the small working file. Does not belong here: any
rule of them.
"""

from __future__ import annotations

from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from expectations import definition
from expectations.dimensions import BUILT_IN
from expectations.recount import answers, control, root_causes, targets
from expectations.recount.coding import rows_as_table
from expectations.recount.figures import NUMBERS, Figures
from expectations.recount.keys import Keys


def published(connection: duckdb.DuckDBPyConnection) -> dict[str, pa.Table]:
    """Table → its rows, once scores and answers are there."""
    told, as_of = _scores(connection)
    answered, versions = answers.counted_in_marts(connection, BUILT_IN), definition.versions()
    causes = root_causes.root_causes(answered, told, versions, as_of)
    reached = targets.attainment(told, versions, as_of)
    return {
        "nps_root_causes": rows_as_table(root_causes.Cause, causes),
        "target_attainment": rows_as_table(targets.Attainment, reached),
        "nps_control_chart": rows_as_table(control.Charted, control.charts(told, versions, as_of)),
    }


def _scores(connection: duckdb.DuckDBPyConnection) -> tuple[Figures, date]:
    """The scores that are published, and as-of."""
    scores = connection.execute("select * from publication.nps_scores").to_arrow_table()
    numbers = {name: scores[name].to_numpy() for name in NUMBERS}
    as_of = pc.max(scores.filter(pc.field("period_grain") == "all_time")["period_end"]).as_py()
    return Figures(Keys(scores, BUILT_IN), numbers, scores["reportability"].to_numpy()), as_of
