"""`python -m bench.scaled [--quick]`: one process, then two, on PostgreSQL and Redis of their own.

The people of each conversation are spread over the processes, so that every message crosses from one to the other.
On a machine of two cores, the processes, PostgreSQL, Redis and the load share them: what tells is the count per second
of the servers' processor, and whether two processes keep the count of one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench import machine
from bench.load import Client, Load, Seat
from bench.opening import open_sockets
from bench.population import Population, Sizes, fill_database
from bench.runs import Outcome, Table, run_loop, run_schedule
from bench.servers import ROOT, Server, pin, raise_file_limit, scratching
from deploy.run_scaled import start_postgres, start_redis

HANDSHAKES = 20
RATE = 200  # messages a second, in all conversations together


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scaled", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--scratch", type=Path, default=ROOT / "var")
    options = parser.parse_args()
    seconds = 2.0 if options.quick else 6.0
    server_core, load_core = machine.list_cores()
    raise_file_limit()
    with scratching(options.scratch) as scratch, ExitStack() as stack:
        url, redis_url = start_postgres(stack, scratch), start_redis(stack, scratch)
        print("writing the people", file=sys.stderr, flush=True)
        population = fill_database(url, Sizes(hall=100, teams=200, branch=20, everybody=1_200))
        pin(load_core)

        def start(number: int) -> Server:
            core = server_core if number % 2 == 0 else load_core
            return Server.start_product_on(url, core, scratch / f"product{number}.log", redis_url=redis_url)

        print(f"{machine.describe(scratch)}\n")
        kept = [_measure(start, count, population, seconds) for count in (1, 2)]
        print(f"Two processes keep {kept[1] / kept[0]:.2f} of what one does with a second of processor.")


def _measure(start: Callable[[int], Server], count: int, population: Population, seconds: float) -> float:
    """The messages for each second of the servers' processor, as many as go."""
    with ExitStack() as stack:
        servers = [start(number) for number in range(count)]
        for server in servers:
            stack.callback(server.stop)
        load = Load(servers[0].address)
        stack.callback(load.close)
        tables = _seat(load, servers, population)
        run_schedule(load, tables, 20, 1.0)
        paced = run_schedule(load, tables, RATE, seconds)
        before = sum(server.cpu_seconds() for server in servers)
        most = run_loop(load, tables, 1, seconds)
        used = sum(server.cpu_seconds() for server in servers) - before
        _check(paced, most)
        middle, late = (paced.delivery_ms[len(paced.delivery_ms) * share // 100] for share in (50, 99))
        print(
            f"{count} at work: delivery at {RATE} msg/s {middle:.1f} / {late:.1f} ms; as many "
            f"as go {most.messages / most.seconds:,.0f} messages/s, {most.messages / used:,.0f} for each second of "
            "processor",
            flush=True,
        )
        return most.messages / used


def _seat(load: Load, servers: list[Server], population: Population) -> list[Table]:
    """The first of a team on the first server, the next on the next, and so on."""
    seats = [
        Seat("/m/socket", f"chat_mobile={person.token}", room.conversation_id, servers[at % len(servers)].address)
        for room in population.teams
        for at, person in enumerate(room.people)
    ]
    open_sockets(load, seats, at_once=HANDSHAKES)
    clients: dict[int, list[Client]] = {}
    for client in load.clients.values():
        clients.setdefault(client.seat.conversation_id, []).append(client)
    return [Table(those) for those in clients.values()]


def _check(*outcomes: Outcome) -> None:
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    if faults:
        raise SystemExit("Lost, doubled or disordered:\n" + "\n".join(faults[:20]))


if __name__ == "__main__":
    main()
