"""What shows people outside that the ledger was not rewritten: signed heads, and witnesses of them.

The ledger's last hash, its head, stands for every figure ever published. Here it becomes a record that is
signed with the company's key, and that others keep: a second file store, a time-stamp authority (RFC 3161),
whoever gets the digest. Belongs here: records, keys, witnesses, and comparing a ledger with them. Does not
belong here: the ledger itself (`publication`), who decides about keys (`company`), when a witness is told
(`orchestration`).
"""
