"""A dashboard for Apache Superset over the published tables.

Belongs here: the bundle that Superset imports (`bundle/`: datasets with certified metrics, charts, filters, a
dashboard), and writing it for one company's database. Does not belong here: Superset itself, which has an
environment of its own, or a figure that is calculated in another way than the definition says.
"""

from serving.superset.writing import write

__all__ = ["write"]
