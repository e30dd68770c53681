"""What a publication says that is new, sent to the people whom a company names, each with their own scope.

Belongs here: what a digest says, its forms, its delivery. Does not belong here: when one is due
(`orchestration`), what a company's config says (`company`).
"""

from serving.digest.delivery import Mail, Subscription, send
from serving.digest.saying import Digest, Scope, digest

__all__ = ["Digest", "Mail", "Scope", "Subscription", "digest", "send"]
