"""The semantic layer, asked from inside the process: MetricFlow over the working file, read-only.

What a metric is belongs into `dbt_project/models/semantic/`; here is only how a question in plain names
becomes MetricFlow's SQL, and whether its answers are the published ones.
"""
