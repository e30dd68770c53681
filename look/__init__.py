"""What one file of answers is, before anything is loaded: how it is written, its columns, its NPS.

Belongs here: finding a mapping by evidence, saying how sure it is, and judging the answers of one file by
the governed definition. Does not belong here: reading and typing files, which `ingestion.files` does by the
very code of a load; and whatever needs Dagster, dbt or dlt, because the answer has to come in three seconds.
"""
