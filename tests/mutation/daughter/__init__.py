"""A daughter of the base company that sends its surveys, CRM and billing as files: all that people write.

Belongs here: records in every form that a rule of the models is about, drawn by a seed: ids in both forms of
Salesforce's and with blanks around, merges in chains and circles, moments on boundaries, words for states,
corrections and withdrawals. Does not belong here: the figures that follow, which the recount says.
"""
