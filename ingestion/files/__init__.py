"""Files that a company drops into its inbox, for all three families: `source.files_source` is the dlt source.

Here belong formats, mappings and what makes a row of a file a version; what a raw table looks like and how
it is loaded is the business of `ingestion` itself. Reading and typing a file needs no dlt: `look` does both.
"""
