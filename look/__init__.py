"""What one file of answers is, before anything is loaded: how it is written, which columns it has, what its NPS is.

Belongs here: finding a mapping by evidence, saying how sure it is, and judging the answers of one file by the
governed definition. Does not belong here: reading and typing files, which is `ingestion.files`, by the very code of
a load; and whatever needs Dagster, dbt or dlt, because the answer has to come within three seconds.
"""
