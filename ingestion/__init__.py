"""Vendors and files to raw tables: dlt only, knowing neither Dagster nor dbt.

Every record that a source sends ends in exactly one of two places: a typed row of its raw table, with
the vendor's own text beside it, or a row of the source's quarantine table, with the reason.
"""
