"""The simulated company's vendors as one web server on loopback, with a clock that can be moved.

All APIs answer under one port: `/qualtrics`, `/salesforce`, `/stripe`, `/surveymonkey`, `/typeform`,
`/hubspot`, `/medallia`, `/zendesk`, `/chargebee`, and the clock at `/_demo/clock` (GET, or POST `{"now":
"2026-01-02T00:00:00Z"}` or `{"days": 1}`). The company has its answers from Qualtrics and its customers from
Salesforce; a test that has them from another vendor, or tickets, adds that one's `settings`. `serve` runs the
server in a thread; `python -m demo.server --world DIR --now T --port P` in a process of its own, so that the
vendors' time is not the loader's.

Belongs here: putting the vendors together, credentials, starting and stopping. Does not belong here:
how any vendor behaves.
"""

import argparse
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from demo.clock import Clock, parse_moment
from demo.vendors import (
    chargebee,
    connections,
    hubspot,
    medallia,
    qualtrics,
    salesforce,
    stripe,
    surveymonkey,
    typeform,
    zendesk,
)
from demo.vendors.faults import Faults, FaultyVendor
from demo.vendors.limits import Limits
from demo.vendors.records import Records, Source
from demo.vendors.replies import RefusalError, json_object, json_response, milliseconds, refuse
from demo.vendors.tasks import Tasks

QUALTRICS_TOKEN = "demo-qualtrics-token"
SALESFORCE_CLIENT = ("demo-client-id", "demo-client-secret")
STRIPE_KEY = "sk_test_demo"


def environment(base_url: str) -> dict[str, str]:
    """The dlt configuration, as environment variables, that points loaders at a server."""
    return {
        "SOURCES__QUALTRICS__BASE_URL": f"{base_url}/qualtrics",
        "SOURCES__QUALTRICS__API_TOKEN": QUALTRICS_TOKEN,
        "SOURCES__SALESFORCE__BASE_URL": f"{base_url}/salesforce",
        "SOURCES__SALESFORCE__CLIENT_ID": SALESFORCE_CLIENT[0],
        "SOURCES__SALESFORCE__CLIENT_SECRET": SALESFORCE_CLIENT[1],
        "SOURCES__STRIPE__BASE_URL": f"{base_url}/stripe",
        "SOURCES__STRIPE__API_KEY": STRIPE_KEY,
    }


def application(
    records: Records, clock: Clock, faults: Faults, limits: Limits, tasks: Mapping[str, Tasks]
) -> Starlette:
    """All vendors and the clock as one ASGI application."""
    survey = FaultyVendor(
        qualtrics.application(records, clock, QUALTRICS_TOKEN, limits),
        faults,
        qualtrics.error,
        qualtrics.THROTTLED,
    )
    crm = FaultyVendor(
        salesforce.application(records, clock, *SALESFORCE_CLIENT, limits, tasks["salesforce"]),
        faults,
        salesforce.error,
        salesforce.THROTTLED,
    )
    billing = FaultyVendor(
        stripe.application(records, clock, STRIPE_KEY, limits), faults, stripe.error, stripe.THROTTLED
    )
    forms = FaultyVendor(
        typeform.application(records, clock, limits), faults, typeform.error, typeform.THROTTLED
    )
    monkey = FaultyVendor(
        surveymonkey.application(records, clock, limits),
        faults,
        surveymonkey.error,
        surveymonkey.THROTTLED,
        surveymonkey.AT_ONCE,
    )
    hub = FaultyVendor(
        hubspot.application(records, clock, limits, tasks["hubspot"]),
        faults,
        hubspot.error,
        hubspot.THROTTLED,
        {},
    )
    experience = FaultyVendor(
        medallia.application(records, clock, limits), faults, medallia.error, medallia.THROTTLED
    )
    bills = FaultyVendor(
        chargebee.application(records, clock, limits), faults, chargebee.error, chargebee.THROTTLED
    )
    desk = FaultyVendor(zendesk.application(records, clock, limits), faults, zendesk.error, zendesk.THROTTLED)
    routes: list[BaseRoute] = [
        Mount("/qualtrics", survey),
        Mount("/typeform", forms),
        Mount("/surveymonkey", monkey),
        Mount("/medallia", experience),
        Mount("/salesforce", crm),
        Mount("/hubspot", hub),
        Mount("/zendesk", desk),
        Mount("/stripe", billing),
        Mount("/chargebee", bills),
        Route("/_demo/clock", _clock_endpoint(clock), methods=["GET", "POST"]),
        # The token's instance_url is this server without a prefix: like the vendor's login host and
        # instance host, the two differ, and nextRecordsUrl is a path on the instance.
        Mount("", crm),
    ]
    return Starlette(routes=routes, exception_handlers={RefusalError: refuse})


class VendorServers:
    """A running server: where it listens, its clock, its faults, and the tasks that each CRM has."""

    def __init__(self, base_url: str, clock: Clock, faults: Faults, tasks: Mapping[str, Tasks]) -> None:
        self.tasks = tasks
        self.base_url = base_url
        self.clock = clock
        self.faults = faults

    def environment(self) -> dict[str, str]:
        """The dlt configuration, as environment variables, that points loaders at this server."""
        return environment(self.base_url)


@contextmanager
def serve(
    world: Source,
    now: datetime,
    faults: Faults | None = None,
    *,
    limits: Limits | None = None,
    port: int = 0,
) -> Iterator[VendorServers]:
    """Run the vendors in a thread on 127.0.0.1 while the block lasts.

    `world` is a folder of Parquet files, a mapping of table names to Arrow tables, or a world whose
    `tables()` are such a mapping; `now` is where the clock stands first (without a zone: UTC); port 0
    takes a free one. Raises RuntimeError when the server does not come up.
    """
    clock, faults = Clock(now), faults or Faults()
    records = Records(world)
    listener = socket.create_server(("127.0.0.1", port))
    tasks = {"salesforce": Tasks(), "hubspot": Tasks()}
    app = application(records, clock, faults, limits or Limits(), tasks)
    # A body cut off on purpose is an error to uvicorn, so only what is critical is logged.
    server = uvicorn.Server(
        uvicorn.Config(
            app, http=connections.NotedProtocol, log_level="critical", access_log=False, lifespan="off"
        )
    )
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="demo-vendors", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the demo's vendor server did not start")
            time.sleep(0.005)
        yield VendorServers(f"http://127.0.0.1:{listener.getsockname()[1]}", clock, faults, tasks)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
        records.close()


def main(arguments: list[str] | None = None) -> None:
    """Run the vendors in this process until it is told to end, or who started it has ended without a word;
    prints the base URL when ready."""
    parser = argparse.ArgumentParser(prog="python -m demo.server", description=main.__doc__)
    parser.add_argument("--world", type=Path, required=True, help="folder of the world's Parquet files")
    parser.add_argument("--now", type=parse_moment, required=True, help="where the clock stands, ISO 8601")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--faults", action="store_true", help="let about one request in a hundred fail")
    parser.add_argument("--seed", type=int, default=0, help="seed of the faults")
    parser.add_argument("--maximum-page", type=int, help="rows a page may have, instead of the vendors' own")
    options = parser.parse_args(arguments)
    limits = Limits().with_maximum_page(options.maximum_page) if options.maximum_page else Limits()
    faults = Faults.demo(options.seed) if options.faults else Faults()
    started_by = os.getppid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit())  # the default would leave the temporary file behind
    with serve(options.world, options.now, faults, limits=limits, port=options.port) as servers:
        print(servers.base_url, flush=True)
        while os.getppid() == started_by:
            time.sleep(1)


def _clock_endpoint(clock: Clock) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            asked = json_object(await request.body()) or {}
            try:
                if "now" in asked:
                    clock.move_to(parse_moment(asked["now"]))
                else:
                    clock.advance(float(asked["days"]))
            except (KeyError, TypeError, ValueError, AttributeError):
                raise RefusalError(
                    400, {"error": 'send {"now": "<ISO 8601>"} or {"days": <number>}'}
                ) from None
        return json_response({"now": milliseconds(clock.now)})

    return endpoint


if __name__ == "__main__":
    main()
