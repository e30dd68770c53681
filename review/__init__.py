"""The review site: what was published, as pages that anybody can read.

Static files made from one publication's tables alone. They need no network, JavaScript or server, and equal
content gives equal bytes.

Belongs here: choosing what a page shows, drawing it, writing the files. Does not belong here: calculating a
figure (`dbt_project`), when a site is made (`orchestration`).
"""

from review.site import SiteError, write

__all__ = ["SiteError", "write"]
