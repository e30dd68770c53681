"""The published tables in the forms in which other programs and subscribers take them.

Belongs here: files for statistics packages and spreadsheets (`export`), the copy in PostgreSQL, a dashboard
for Superset, digests for those who subscribe. Does not belong here: calculating or rounding a published
figure, pages for people (`review`), or any table that is not published.
"""
