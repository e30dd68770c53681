"""Files that a company drops into its inbox, for all three families: `source.files_source` is the dlt source.

Belongs here: formats, mappings and what makes a row of a file a version. Does not belong here: what a raw
table looks like and how it is loaded (`ingestion`). Reading and typing a file needs no dlt: `look` does both.
"""
