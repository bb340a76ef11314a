"""Organizations as the vendor's customer service lists them, and what creating one refuses."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from data import clock, db
from data.access.actors import Surface, VendorRole
from data.access.directory import access_shaped_service
from data.access.support import access_support
from data.actions.employment import do_assign
from data.actions.organizations import NewOrganization, do_create_organization
from data.errors import CodeInvalid, CodeTaken, MalformedRequest, NameBlank, NotAllowed, ZoneUnknown
from data.queries.organizations import PAGE_SIZE, OrganizationPage, list_organizations
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff
from tests.statements import counting_statements


@pytest.fixture
def support(world: World) -> Somebody:
    return add_vendor_staff(VendorRole.CUSTOMER_SERVICE)


def list_page(support: Somebody, search: str = "", number: int = 1) -> OrganizationPage:
    actor = support.act(Surface.PORTAL)
    with db.read() as reader:
        return list_organizations(reader, access_support(actor), search=search, number=number)


def create(code: str, name: str, **fields: str) -> None:
    with db.unit_of_work() as uow:
        do_create_organization(uow, NewOrganization(code, name, **fields))


def test_only_customer_service_lists_organizations(world: World, support: Somebody) -> None:
    access_support(support.act(Surface.PORTAL))
    for somebody in (add_vendor_staff(VendorRole.FINANCE), world.administrator):
        with pytest.raises(NotAllowed):
            access_support(somebody.act(Surface.PORTAL))


def test_an_organization_is_listed_with_its_figures(world: World, support: Somebody) -> None:
    kitchen, room = world.add_service("cuisine"), world.add_service("salle")
    karim = world.hire("Karim Benali", kitchen)
    world.hire("Sofia Lavoie", kitchen, app=False)
    world.hire("Léa Roy", kitchen, starts_on=date(2026, 12, 1))
    gone = world.hire("Noé Cyr", room)
    world.end(gone, date(2026, 11, 22))
    with world.administering(karim) as (uow, employee):
        also = access_shaped_service(uow, employee.organization, room)
        do_assign(uow, employee, also, None, date(2025, 1, 6), is_primary=False)
    rival = World.create("rival", option=False)
    rival.hire("Zoé Côté", rival.add_service("bar"))
    rows = {row.code: row for row in list_page(support).rows}
    assert (rows["laurier"].services, rows["laurier"].employed, rows["laurier"].equipped) == (2, 2, 1)
    assert (rows["rival"].services, rows["rival"].employed, rows["rival"].equipped) == (1, 1, 1)
    assert (rows["laurier"].name, rows["laurier"].province) == ("Cafés laurier", "QC")


def test_the_day_is_that_of_each_organization(world: World, moment: Moment) -> None:
    """Half past midnight in Montréal is still the evening before in Vancouver."""
    west = World.create("west", timezone="America/Vancouver")
    for each in (world, west):
        each.hire("Karim Benali", each.add_service("cuisine"), starts_on=date(2026, 11, 24), app=False)
    moment.go_to("2026-11-24T00:30-05:00")
    support = add_vendor_staff(VendorRole.CUSTOMER_SERVICE)
    assert {row.code: row.employed for row in list_page(support).rows} == {"laurier": 1, "west": 0}


def test_the_option_is_told_with_since_when(world: World, support: Somebody, moment: Moment) -> None:
    def option_of(code: str) -> tuple[bool, list[str], date | None, date | None]:
        row = next(row for row in list_page(support).rows if row.code == code)
        return (row.option.is_everywhere, row.option.services, row.option.since, row.option.changes_on)

    today = clock.local_day(moment.at, "America/Toronto")
    assert option_of("laurier") == (True, [], today, None)
    rival = World.create("rival", option=False)
    bar, room = rival.add_service("bar"), rival.add_service("salle")
    assert option_of("rival") == (False, [], None, None)
    rival.switch_option(is_on=True, service_id=room, at=moment.at - timedelta(days=40))
    rival.switch_option(is_on=False, service_id=room, at=moment.at - timedelta(days=20))
    rival.switch_option(is_on=True, service_id=room, at=moment.at - timedelta(days=10))
    rival.switch_option(is_on=True, service_id=bar, at=moment.at + timedelta(days=8))
    assert option_of("rival") == (False, ["Salle"], today - timedelta(days=10), today + timedelta(days=8))
    world.switch_option(is_on=False)
    assert option_of("laurier") == (False, [], None, None)


def test_the_list_is_searched_without_accents_and_paged(world: World, support: Somebody) -> None:
    for n in range(PAGE_SIZE):
        create(f"c{n:02d}", f"Épicerie {n:02d}")
    create("zed", "École 100 % été")
    first, second, beyond = list_page(support), list_page(support, number=2), list_page(support, number=99)
    assert (first.count, first.pages, len(first.rows), len(second.rows)) == (PAGE_SIZE + 2, 2, PAGE_SIZE, 2)
    assert beyond == second
    assert list_page(support, number=-5) == first
    # As a dictionary would have them: é is e.
    assert [row.code for row in (*first.rows, *second.rows)] == ["laurier", "zed", *(f"c{n:02d}" for n in range(20))]
    assert [row.code for row in list_page(support, "ecole ÉTÉ").rows] == ["zed"]
    assert [row.code for row in list_page(support, "C07").rows] == ["c07"]
    assert [row.code for row in list_page(support, "100 %").rows] == ["zed"]
    assert list_page(support, "_").count == 0
    assert list_page(support, "'; DROP TABLE").rows == []


def test_the_list_costs_the_same_for_one_or_for_twenty(world: World, support: Somebody) -> None:
    def count() -> int:
        actor = support.act(Surface.PORTAL)
        with db.read() as reader, counting_statements() as seen:
            list_organizations(reader, access_support(actor))
        return len(seen)

    before = count()
    for n in range(PAGE_SIZE):
        other = World.create(f"o{n}", timezone=("America/Toronto", "America/Vancouver")[n % 2])
        other.hire("Karim Benali", other.add_service("cuisine"))
    assert count() == before == 4


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"code": "LAURIER"}, CodeTaken),
        ({"code": "a b"}, CodeInvalid),
        ({"code": "x" * 21}, CodeInvalid),
        ({"name": "\u200b"}, NameBlank),
        ({"timezone": "America/Nowhere"}, ZoneUnknown),
        ({"timezone": "America"}, ZoneUnknown),
        ({"timezone": "../../etc/passwd"}, ZoneUnknown),
        ({"timezone": ""}, ZoneUnknown),
        ({"province": "QB"}, MalformedRequest),
        ({"language": "de"}, MalformedRequest),
    ],
)
def test_an_organization_that_cannot_be_is_refused(world: World, fields: dict[str, str], error: type) -> None:
    with pytest.raises(error):
        create(**({"code": "boreal", "name": "Boréal"} | fields))
    support = add_vendor_staff(VendorRole.CUSTOMER_SERVICE)
    assert list_page(support).count == 1
