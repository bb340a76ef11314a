"""What the option costs each organization of a list this month."""

from __future__ import annotations

from datetime import date

import pytest

from data import db
from data.access.support import Supporter, access_supported_bills
from data.queries.costs import list_costs
from tests.conftest import Moment
from tests.data.test_options import annul, rows, switch
from tests.data.test_options import off as _off
from tests.data.test_options import support as _support
from tests.factories import World
from tests.statements import counting_statements

off, support = _off, _support


def read_costs(support: Supporter, *worlds: World) -> list[int | None]:
    with db.read() as reader:
        billed = access_supported_bills(reader, support, [world.organization_id for world in worlds])
        found = list_costs(reader, billed)
    costs = [found[world.organization_id] for world in worlds]
    return [None if cost is None else cost.subtotal_cents for cost in costs]


def test_each_costs_what_rating_says(world: World, off: World, support: Supporter, moment: Moment) -> None:
    kitchen = world.add_service("cuisine")
    for n in range(4):
        world.hire(f"Léa Roy {n}", kitchen)
    off.hire("Karim Benali", off.add_service("bar"))
    assert read_costs(support, world, off) == [100, 0]
    switch(support, off, trial=date(2026, 11, 30))
    assert read_costs(support, world, off) == [100, 0]
    moment.go_to("2026-12-01T00:00-05:00")  # what was remembered of yesterday is no longer true
    assert read_costs(support, world, off) == [100, 25]


def test_an_annulled_activation_costs_nothing(off: World, support: Supporter, moment: Moment) -> None:
    off.hire("Karim Benali", off.add_service("bar"))
    switch(support, off)
    moment.advance(hours=1)
    assert read_costs(support, off) == [25]
    annul(support, off, rows_of(off)[0])
    assert read_costs(support, off) == [0]


def rows_of(world: World) -> list[int]:
    from data.models import option_changes

    return [row.id for row in rows(option_changes, world)]


@pytest.mark.parametrize("count", [1, 12])
def test_it_takes_as_many_statements_for_one_as_for_twelve(world: World, support: Supporter, count: int) -> None:
    worlds = [World.create(f"o{n}") for n in range(count)]
    for each in worlds:
        each.hire("Karim Benali", each.add_service("cuisine"))

    def count_statements() -> int:
        with db.read() as reader:
            billed = access_supported_bills(reader, support, [each.organization_id for each in worlds])
            with counting_statements() as seen:
                list_costs(reader, billed)
        return len(seen)

    assert (count_statements(), count_statements()) == (11, 1)
