"""`python -m tests.outbox.sending FOLDER URL`: sends what waits in FOLDER to the emulated Salesforce at URL.

A process of its own, so that it can be killed. Belongs here: that process. Does not belong here: killing it.
"""

import sys
from pathlib import Path

from demo.server import SALESFORCE_CLIENT
from outbox.delivering import deliver
from outbox.targets.salesforce import Salesforce


def main() -> None:
    """Until nothing waits, or the process is killed."""
    folder, url = sys.argv[1:]
    name, secret = SALESFORCE_CLIENT
    print(
        deliver(Path(folder), Salesforce({"base_url": url, "client_id": name, "client_secret": secret}), 600)
    )


if __name__ == "__main__":
    main()
