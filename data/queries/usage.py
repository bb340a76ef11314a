"""How the chat is used, as the page shows it: counted up to now, read off the server's loop, and remembered until more
is counted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, func, select, union_all

from data import clock, db, offload
from data.access.rights import list_option_facts
from data.access.usage import MeasuredOrganization, MeasuredScope, MeasuredService
from data.db import Reader
from data.models import organizations, usage_counts
from data.option import Span, list_spans
from data.queries.usage_conversations import LastHeard, find_last_heard, list_latest
from data.queries.usage_cost import Costs, read_costs
from data.queries.usage_sides import Frame, read_frame_deeds, read_sides
from data.usage.deeds import Deeds
from data.usage.facts import SILENT_AFTER, Side
from data.usage.figures import (
    NOTHING,
    UNITS,
    Services,
    Values,
    build_figures,
    count_people,
    leave_unlike,
    measure,
    measure_briefly,
    measure_cost,
)
from data.usage.findings import list_findings
from data.usage.freshness import bring_up_to_date
from data.usage.marks import UP_TO_DATE, get_mark
from data.usage.privacy import is_crowd
from data.usage.reach import build_funnel
from data.usage.remarks import count_days_off, list_left_out, list_notes
from data.usage.report import (
    Activity,
    ConversationRow,
    Heat,
    PeoplePoint,
    Scope,
    ServiceName,
    ServiceRow,
    SilentService,
    UsageReport,
)
from data.usage.spans import split_people
from data.usage.windows import Window, find_previous, make_window

REMEMBERED = 200
WHOLE = 0  # the organization's own counters

_memories: WeakKeyDictionary[db.Database, OrderedDict[Hashable, UsageReport]] = WeakKeyDictionary()


def get_first_day(reader: Reader, scope: MeasuredScope) -> date:
    """The organization's, or that of the first message (an import brings older ones)."""
    created_at = reader.execute(_CREATED_AT, {"here": scope.organization_id}).scalar_one()
    firsts = reader.execute(_FIRST_DAYS, {"here": scope.organization_id}).scalars()
    return min([clock.local_day(created_at, scope.timezone), *(day for day in firsts if day is not None)])


_CREATED_AT = select(organizations.c.created_at).where(organizations.c.id == bindparam("here"))
_FIRST_DAYS = union_all(
    *(
        select(func.min(usage_counts.c.starts_on).label("day")).where(
            usage_counts.c.organization_id == bindparam("here"),
            usage_counts.c.service_id == WHOLE,
            usage_counts.c.stat == stat,
            usage_counts.c.grain == "day",
        )
        for stat in ("public_messages", "group_messages", "one_to_one_messages")
    )
)


def get_report(scope: MeasuredScope, window: Window) -> UsageReport:
    bring_up_to_date()
    with db.read() as reader:
        asked = Asked(
            scope,
            window,
            today=clock.local_day(reader.now, scope.timezone),
            up_to_date_at=get_mark(reader, UP_TO_DATE) or reader.now,
            costs=read_costs(reader, scope, window) if isinstance(scope, MeasuredOrganization) else None,
        )
    memory = _memories.setdefault(db.current(), OrderedDict())
    report = memory.get(asked.key)
    if report is None:
        report = memory[asked.key] = offload.run(_read, asked)
        while len(memory) > REMEMBERED:
            memory.popitem(last=False)
    return report


@dataclass(frozen=True)
class Asked:
    scope: MeasuredScope
    window: Window
    today: date
    up_to_date_at: datetime
    costs: Costs | None

    @property
    def key(self) -> Hashable:
        whose = (self.scope.organization_id, self.scope.services, self.scope.service, type(self.scope))
        return whose, self.window, self.today, self.up_to_date_at, self.costs


def _read(asked: Asked) -> UsageReport:
    with db.read_apart() as reader:
        return read_report(reader, asked)


def read_report(reader: Reader, asked: Asked) -> UsageReport:
    scope, window, previous = asked.scope, asked.window, find_previous(asked.window)
    has_before = previous.to_on >= get_first_day(reader, scope)
    services = _list_services(scope, previous)
    ids = [service.id for service in services]
    names = {service.id: ServiceName(service.id, service.name) for service in services}
    spans = list_spans(list_option_facts(reader, [scope.organization_id]).get(scope.organization_id, []))
    frame = Frame(scope.organization_id, scope.timezone, ids, (window, previous), spans)
    deeds = read_frame_deeds(reader, frame)
    now, before = read_sides(reader, frame, deeds)
    together = Services(now, ids)
    values = _measure(now, before if has_before else None, ids, asked.costs)
    figures = build_figures(*values)
    heard = find_last_heard(reader, ids)
    employees, equipped = together.count_staff()
    without_app = employees - equipped
    silent = _list_silent(asked, services, now, heard, spans)
    latest, conversation_count = list_latest(reader, ids, window)
    activity, heat = _read_course(reader, asked, ids, previous if has_before else None)
    return UsageReport(
        scope=Scope(
            names[scope.service.id] if scope.service else None,
            tuple(names.values()),
            isinstance(scope, MeasuredOrganization),
        ),
        window=window,
        previous=previous,
        today=asked.today,
        timezone=scope.timezone,
        up_to_date_at=asked.up_to_date_at,
        figures=figures,
        activity=activity,
        people=_list_people(deeds, together),
        heat=heat,
        services=_list_rows(asked, services, now, before if has_before else None, heard, spans),
        conversations=tuple(
            ConversationRow(
                each.id,
                each.name,
                names[each.service_id],
                clock.local_day(each.created_at, scope.timezone),
                each.messages,
                clock.local_day(each.active_at, scope.timezone),
                (asked.today - clock.local_day(each.active_at, scope.timezone)).days,
                each.is_active,
            )
            for each in latest
        ),
        conversation_count=conversation_count,
        funnel=build_funnel(together, figures["contributors"].now),
        silent_services=silent,
        without_app=without_app,
        sees_names=True,  # whoever sees the figures of a service sees its people in the directory
        findings=list_findings(figures, silent, without_app),
        notes=list_notes(
            together,
            names,
            {service.id: service.closed_on for service in services if service.closed_on},
            count_days_off(spans, ids, window, scope.timezone),
            scope.timezone,
        ),
    )


def _list_services(scope: MeasuredScope, previous: Window) -> list[MeasuredService]:
    """Those that were open on a day of either period; the one asked for in any case."""
    return [
        service
        for service in scope.services
        if scope.service is not None or service.closed_on is None or service.closed_on > previous.from_on
    ]


def _measure(now: Side, before: Side | None, ids: Sequence[int], costs: Costs | None) -> tuple[Values, Values]:
    """Where there was nothing before, nothing is compared."""
    then = leave_unlike(now, before, measure(before, ids), ids) if before else dict.fromkeys(UNITS, NOTHING)
    values = measure(now, ids), then
    if costs is not None:
        for side, cents in zip(values, costs, strict=True):
            side["cost_per_active"] = measure_cost(cents, side["active_28"])
    return values


def _read_course(reader: Reader, asked: Asked, ids: Sequence[int], previous: Window | None) -> tuple[Activity, Heat]:
    """The organization's own counters are a hundred times fewer than those of a hundred services."""
    from data.queries.usage_course import read_course  # brings pandas: the server starts without

    is_whole = isinstance(asked.scope, MeasuredOrganization) and len(ids) == len(asked.scope.services)
    scope_ids = [WHOLE] if is_whole else ids
    return read_course(reader, asked.scope.organization_id, scope_ids, asked.window, previous, asked.today)


def _list_people(deeds: Deeds, services: Services) -> tuple[PeoplePoint, ...]:
    return tuple(
        PeoplePoint(
            span.from_on,
            span.to_on,
            count_people(services, span, deeds.count(span, "read")),
            count_people(services, span, deeds.count(span, "sent")),
        )
        for span in split_people(services.side.window)
    )


def _list_rows(
    asked: Asked,
    services: Sequence[MeasuredService],
    now: Side,
    before: Side | None,
    heard: Mapping[int, LastHeard],
    spans: Sequence[Span],
) -> tuple[ServiceRow, ...]:
    """Beside each other, where there are several."""
    if asked.scope.service is not None:
        return ()
    left_out = set(list_left_out(Services(now, [service.id for service in services])))
    last_day = make_window("day", asked.window.to_on, asked.window.to_on)
    days_off = count_days_off(spans, [service.id for service in services], last_day, asked.scope.timezone)
    rows = []
    for service in services:
        heard_on = _find_heard_on(asked, heard.get(service.id))
        rows.append(
            ServiceRow(
                ServiceName(service.id, service.name),
                build_figures(
                    measure_briefly(now, service.id),
                    measure_briefly(before, service.id) if before else dict.fromkeys(UNITS, NOTHING),
                ),
                heard_on,
                (asked.today - heard_on).days if heard_on else None,
                service.closed_on,
                has_option=not days_off[service.id],
                is_left_out=service.id in left_out,
            )
        )
    return tuple(rows)


def _find_heard_on(asked: Asked, heard: LastHeard | None) -> date | None:
    return clock.local_day(heard.at, asked.scope.timezone) if heard else None


def _list_silent(
    asked: Asked,
    services: Sequence[MeasuredService],
    side: Side,
    heard: Mapping[int, LastHeard],
    spans: Sequence[Span],
) -> tuple[SilentService, ...]:
    """As of today, whatever the period: open services with people and the option, the longest silent first."""
    today = make_window("day", asked.today, asked.today)
    days_off = count_days_off(spans, [service.id for service in services], today, asked.scope.timezone)
    found = []
    for service in services:
        is_open = service.closed_on is None or service.closed_on > asked.today
        heard_on = _find_heard_on(asked, heard.get(service.id))
        days = (asked.today - heard_on).days if heard_on else None
        employees, equipped = (each[side.place[service.id]] for each in (side.employees, side.equipped))
        if not is_open or not employees or (days is not None and days < SILENT_AFTER):
            continue
        if days_off[service.id]:
            continue
        where = heard[service.id].conversation_id if service.id in heard else None
        without_app = employees - equipped if is_crowd(employees) else 0
        found.append(SilentService(ServiceName(service.id, service.name), heard_on, days, where, without_app))
    return tuple(sorted(found, key=lambda each: (each.days is not None, -(each.days or 0), each.service.name)))
