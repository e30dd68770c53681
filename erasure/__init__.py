"""Forgetting a person so that no byte is left: what raw keeps of them, where else they are, and the proof.

Belongs here: redaction, rewriting, searching, receipts. Does not belong here: loading (`ingestion`), the
lock of a refresh, or what a company says (`orchestration`). It imports no other room.
"""
