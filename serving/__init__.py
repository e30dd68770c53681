"""The published tables in the forms in which other programs take them.

Belongs here: files for statistics packages and spreadsheets (`export`). Does not belong here: calculating or
rounding a figure, pages for people (`review`), or any table that is not published.
"""
