"""Inspects one file of answers before anything is loaded: its format, its columns, its NPS.

Belongs here: inferring a mapping from evidence, saying how sure it is, and applying the governed definition
to the answers of one file. Does not belong here: reading and typing files, which `ingestion.files` does with
the loader's own code; and whatever needs Dagster, dbt or dlt, because the result must come within three
seconds.
"""
