"""The published tables in a PostgreSQL of the company, for BI that asks a server.

Every kept publication's rows are in the tables of one schema (`nps_kept`), and views in another (`nps`) show
those of the current one. A publication becomes current by one changed row, so a statement, or a transaction
of repeatable reads, sees one publication and never waits
(docs/decisions/0052-a-publication-in-postgresql.md).

Belongs here: the copy, and who may read which of its rows. Does not belong here: what a company's config says
(`company`), when a copy is made (`orchestration`).
"""

from serving.errors import CopyError
from serving.postgresql.copying import CopyReport, copy
from serving.postgresql.target import EVERYTHING, Reader, Target

__all__ = ["EVERYTHING", "CopyError", "CopyReport", "Reader", "Target", "copy"]
