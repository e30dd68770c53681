"""Loads vendors and files into raw tables. Uses only dlt, neither Dagster nor dbt.

Every record from a source ends in exactly one of two places: a typed row of its raw table, with the
vendor's own text beside it, or a row of the source's quarantine table, with the reason.
"""
