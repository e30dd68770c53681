"""What leaves the warehouse: versioned, read-only copies of the published tables, their ledger, evidence.

Belongs here: publishing and reading the published copy, the ledger of every figure, restatements, evidence
packs and their verification. Does not belong here: deciding whether it may be published (`expectations`),
when (`orchestration`), or any calculation of a figure (`dbt_project`).
"""
