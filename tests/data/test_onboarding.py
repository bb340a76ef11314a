"""A new customer: its first administrator while nobody runs it, its billing contact."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from data import db
from data.access.actors import Surface, VendorRole
from data.access.newcomers import access_newcoming_administrator, access_unadministered_organization
from data.access.support import Supporter, access_support, access_supported_organization
from data.actions.organizations import (
    BillingContact,
    NewOrganization,
    do_add_administrator,
    do_change_billing_contact,
    do_create_organization,
)
from data.actions.sessions import do_issue_first_link
from data.errors import AlreadyAdministered, EmailInvalid, EmailTaken, NameBlank, NameTooLong, NotFound, TextTooLong
from data.models import access_links, accounts, audit_entries, organizations
from data.queries.onboarding import get_contacts, get_first_sign_in_words
from tests.factories import Somebody, World, add_vendor_staff, new_ref
from tests.statements import counting_statements


@pytest.fixture
def support(world: World) -> Supporter:
    return access_support(add_vendor_staff(VendorRole.CUSTOMER_SERVICE).act(Surface.PORTAL))


def create(support: Supporter, **fields: str) -> int:
    with db.unit_of_work() as uow:
        new = NewOrganization("boreal", "Boréal", billing=BillingContact(**fields))
        return do_create_organization(uow, new, supporter=support)


def give_password(somebody: Somebody) -> None:
    with db.unit_of_work() as uow:
        uow.execute(update(accounts).where(accounts.c.id == somebody.account_id).values(password_hash="hashed"))


def test_customer_service_creates_an_organization(world: World, support: Supporter) -> None:
    here = create(support, name=" Zoé  Comptable ", email="Zoe@Boreal.example", address="1, rue des Pins\r\nQuébec\n")
    with db.read() as reader:
        row = reader.execute(select(organizations).where(organizations.c.id == here)).one()
        entry = reader.execute(select(audit_entries).where(audit_entries.c.organization_id == here)).one()
    assert (row.billing_contact_name, row.billing_contact_email) == ("Zoé Comptable", "zoe@boreal.example")
    assert row.billing_address == "1, rue des Pins\nQuébec"
    assert (entry.act, entry.actor_id) == ("organization.created", support.actor.account_id)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "Zoé", "email": "zoe"}, EmailInvalid),
        ({"email": "zoe@boreal.example"}, NameBlank),
        ({"name": "x" * 81}, NameTooLong),
        ({"address": "x" * 301}, TextTooLong),
    ],
)
def test_a_contact_that_cannot_be_is_refused(
    world: World, support: Supporter, fields: dict[str, Any], error: type
) -> None:
    with pytest.raises(error):
        create(support, **fields)
    with db.unit_of_work() as uow:
        organization = access_supported_organization(uow, support, world.organization_id)
        with pytest.raises(error):
            do_change_billing_contact(uow, organization, BillingContact(**fields))


def test_the_first_administrator_is_named_while_nobody_runs_it(world: World, support: Supporter) -> None:
    """One who has not opened the account is not there yet: another may be named, or given another link."""
    new = World.create("boreal", option=False)
    with db.unit_of_work() as uow:
        organization = access_supported_organization(uow, support, new.organization_id)
        here = access_unadministered_organization(uow, organization)
        second = do_add_administrator(uow, here, "Ève", "Roy", "eve@boreal.example", None)
        with pytest.raises(EmailTaken):
            do_add_administrator(uow, here, "Ève", "Roy", "EVE@boreal.example", None)
        for person in (new.administrator.id, second):
            administrator = access_newcoming_administrator(uow, here, person)
            do_issue_first_link(uow, administrator, token_hash=new_ref())
            words = get_first_sign_in_words(uow, administrator)
        assert (words.name, words.organization, words.number, words.has_email) == (
            "Ève Roy",
            "Cafés boreal",
            None,
            True,
        )
        links = uow.execute(select(access_links.c.created_by)).scalars().all()
        assert set(links) == {support.actor.account_id}
        for nobody in (world.administrator.id, 999_999):
            with pytest.raises(NotFound):
                access_newcoming_administrator(uow, here, nobody)


def test_once_an_administrator_is_there_the_organization_is_theirs(world: World, support: Supporter) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)
    with db.unit_of_work() as uow:
        here = access_unadministered_organization(
            uow, access_supported_organization(uow, support, world.organization_id)
        )
        with pytest.raises(NotFound):
            access_newcoming_administrator(uow, here, karim.id)  # an employee is helped by their manager
    give_password(world.administrator)
    with db.unit_of_work() as uow:
        organization = access_supported_organization(uow, support, world.organization_id)
        with pytest.raises(AlreadyAdministered):
            access_unadministered_organization(uow, organization)
        assert get_contacts(uow, organization).is_administered
        # Gone: somebody else may be named.
        uow.execute(
            update(accounts).where(accounts.c.id == world.administrator.account_id).values(deactivated_at=uow.now)
        )
        access_unadministered_organization(uow, organization)
        assert not get_contacts(uow, organization).is_administered


def test_contacts_are_read_in_a_constant_number_of_statements(world: World, support: Supporter) -> None:
    def count() -> int:
        with db.read() as reader:
            organization = access_supported_organization(reader, support, world.organization_id)
            with counting_statements() as seen:
                contacts = get_contacts(reader, organization)
        assert [row.account for row in contacts.administrators] == ["unopened"] * len(contacts.administrators)
        return len(seen)

    before = count()
    with db.unit_of_work() as uow:
        organization = access_supported_organization(uow, support, world.organization_id)
        for n in range(5):
            do_add_administrator(uow, organization, "Ève", f"Roy {n}", f"eve{n}@laurier.example", None)
    assert count() == before == 2
