"""`make faults`: each fault in its full form, tables here and in docs/FAULTS.md. Exit code 1 where one fails.
`--minutes` of steady load; `--only` faults whose name holds these words, the rows of the others stay as they are."""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from data import migrations
from tests.faults import backups, kills, network, power, steady, steps, syncs
from tests.faults.places import running_migrated, running_postgres, running_redis, serving
from tests.faults.report import Report
from tests.faults.troubles import OF_POSTGRES, OF_SQLITE, Stage, Trouble, go_through, log_stuck

MESSAGES, KILLS = 10_000, 20
CUTS, SYNCS = 20, 50
CUT_FOR = 20.0  # seconds

Fault = Callable[[Report, str, Path, Path], None]


def kill(**settings: str) -> Fault:
    messages, times = (800, 4) if settings else (MESSAGES, KILLS)

    def run(report: Report, name: str, folder: Path, template: Path) -> None:
        with serving(folder / "only", template, **settings) as server:
            outcome = kills.run([server], messages=messages, kills=times)
        report.add_kills(name, outcome, times, must_be_clean=not settings)

    return run


def kill_two_in_turn(report: Report, name: str, folder: Path, template: Path) -> None:
    with ExitStack() as stack:
        postgres = stack.enter_context(running_migrated(folder))
        servers = [
            stack.enter_context(serving(folder / place, template, DATABASE_URL=postgres.url))
            for place in ("here", "there")
        ]
        report.add_kills(name, kills.run(servers, messages=MESSAGES, kills=KILLS), KILLS)


def happens_on_sqlite(trouble: Trouble) -> Fault:
    def run(report: Report, name: str, folder: Path, template: Path) -> None:
        with serving(folder / "only", template, into_pipe=trouble.happens is log_stuck) as server:
            report.add_trouble(name, go_through(Stage([server]), trouble))

    return run


def happens_on_postgres(trouble: Trouble) -> Fault:
    def run(report: Report, name: str, folder: Path, template: Path) -> None:
        with ExitStack() as stack:
            postgres, redis = stack.enter_context(running_migrated(folder)), stack.enter_context(running_redis())
            settings = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
            servers = [stack.enter_context(serving(folder / place, template, **settings)) for place in ("a", "b")]
            report.add_trouble(name, go_through(Stage(servers, postgres, redis), trouble))

    return run


def cut_power(**settings: str) -> Fault:
    def run(report: Report, name: str, folder: Path, template: Path) -> None:
        if obstacle := power.find_obstacle():
            return report.skip(name, obstacle)
        with power.Disk.mounted(folder) as disk, serving(disk.place, template, **settings) as server:
            outcome = power.cut(disk, server, cuts=4 if settings else CUTS)
        lost, kept = outcome.verdict.lost, outcome.verdict.acknowledged
        found = f"{CUTS} cuts, {kept} acknowledged at the last, {lost} lost"
        if settings:
            found = f"{lost} lost of {kept}"
        return report.add(name, found, holds=(lost > 0) if settings else outcome.is_clean)

    return run


def watch_syncs(**settings: str) -> Fault:
    def run(report: Report, name: str, folder: Path, template: Path) -> None:
        if obstacle := syncs.find_obstacle():
            return report.skip(name, obstacle)
        with serving(folder / "only", template, **settings) as server:
            told = syncs.watch(server, folder, messages=SYNCS)
        found = f"{told.acknowledged} acknowledged, {told.early} of them before they were on the disk"
        return report.add(name, found, holds=(told.early > 0) == bool(settings) and told.acknowledged == SYNCS)

    return run


def kill_migration_on_sqlite(report: Report, name: str, folder: Path, _template: Path) -> None:
    numbers = itertools.count()
    _kill_migration(report, name, lambda: f"sqlite:///{folder}/{next(numbers)}.db")


def kill_migration_on_postgres(report: Report, name: str, folder: Path, _template: Path) -> None:
    with running_postgres(folder / "postgres") as postgres:
        _kill_migration(report, name, postgres.create_database)


def _kill_migration(report: Report, name: str, fresh: Callable[[], str]) -> None:
    count = steps.count_statements(fresh())
    broken = steps.list_broken(fresh, range(1, count + 1))
    report.add(
        name, f"{count} statements, {len(broken)} after which the next run did not complete it", holds=not broken
    )


def back_up(report: Report, name: str, folder: Path, template: Path) -> None:
    with serving(folder / "only", template) as server:
        _add_backup(report, name, backups.take_and_restore(server, folder))


def back_up_postgres(report: Report, name: str, folder: Path, template: Path) -> None:
    with running_migrated(folder) as postgres, serving(folder / "only", template, DATABASE_URL=postgres.url) as server:
        _add_backup(report, name, backups.take_and_restore(server, folder))


def _add_backup(report: Report, name: str, backup: backups.Backup) -> None:
    found = f"{backup.messages} messages in it, of {backup.verdict.acknowledged} acknowledged before it began "
    found += f"{backup.verdict.lost} missing; taken in {backup.seconds:.1f} s"
    report.add(name, found, holds=backup.verdict.is_clean and backup.counted)


def cut_link(report: Report, name: str, folder: Path, template: Path) -> None:
    if obstacle := network.find_obstacle():
        return report.skip(name, obstacle)
    crossing = network.cross(folder, template, cut_for=CUT_FOR)
    found = (
        f"{crossing.before * 1000:.0f} ms across before; cut for {CUT_FOR:.0f} s; once the link was back, heard there"
        f" within {crossing.here_to_there:.1f} s, and from there here within {crossing.there_to_here:.1f} s"
    )
    is_quick = max(crossing.here_to_there, crossing.there_to_here) <= 2
    return report.add(name, found, holds=crossing.kept and is_quick)


def hold_steady(minutes: float) -> Fault:
    def run(report: Report, name: str, folder: Path, template: Path) -> None:
        with serving(folder / "only", template) as server:
            level = steady.hold(server, seconds=minutes * 60)
        first, last = level.measured[0], level.measured[-1]
        found = (
            f"{level.said} messages; over the last three quarters memory {first.memory >> 20} → {last.memory >> 20} MB,"
            f" descriptors {first.descriptors} → {last.descriptors}, threads {first.threads} → {last.threads}"
        )
        report.add(name, found, holds=level.is_level)

    return run


def list_faults(minutes: float) -> dict[str, Fault]:
    return {
        "one process on SQLite": kill(),
        "two processes on PostgreSQL, in turn": kill_two_in_turn,
        "wrong on purpose: acknowledges before COMMIT": kill(MUTANT="acknowledge_before_commit"),
        "wrong on purpose: forgets refs": kill(MUTANT="forget_refs"),
        **{trouble.name: happens_on_sqlite(trouble) for trouble in OF_SQLITE},
        **{trouble.name: happens_on_postgres(trouble) for trouble in OF_POSTGRES},
        "acknowledged after the sync (strace)": watch_syncs(),
        "wrong on purpose: the same, before COMMIT": watch_syncs(MUTANT="acknowledge_before_commit"),
        "power cut": cut_power(),
        "wrong on purpose: power cut with synchronous = NORMAL": cut_power(MUTANT="synchronise_less"),
        "migration killed at each statement, SQLite": kill_migration_on_sqlite,
        "migration killed at each statement, PostgreSQL": kill_migration_on_postgres,
        "backup under load, SQLite": back_up,
        "backup under load, PostgreSQL": back_up_postgres,
        "two machines, one loses its link": cut_link,
        f"{minutes:g} minutes of steady load": hold_steady(minutes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    report = Report()
    for name, fault in list_faults(given.minutes).items():
        if given.only in name:
            try_out(report, name, fault)
    report.write()
    sys.exit(1 if report.has_failed else 0)


def try_out(report: Report, name: str, fault: Fault) -> None:
    """One that fails otherwise than it should stops none of the others."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        template = folder / "template.db"
        migrations.upgrade(f"sqlite:///{template}")
        try:
            fault(report, name, folder, template)
        except Exception as error:
            report.fail(name, error)


if __name__ == "__main__":
    main()
