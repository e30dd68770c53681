"""The semantic layer, in process: MetricFlow over the working file, read-only.

Belongs here: how a question in plain names becomes MetricFlow's SQL, and whether its answers equal the
published figures. Does not belong here: what a metric is (`dbt_project/models/semantic/`).
"""
