"""Personal data in one place: tokens that stand for it everywhere else, and sealed records of what they mean.

Belongs here: tokens, keys, the sealed files, and how what is in them is destroyed. Does not belong here:
which fields are personal (`ingestion`), or who may read them (`orchestration`). It imports no other room.
"""
