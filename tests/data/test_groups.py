"""Employee groups: a manager's own, seen by nobody else, made of people whom that manager may see."""

from __future__ import annotations

from datetime import date

import pytest

from data import db
from data.access.actors import Surface
from data.access.directory import access_listed_organization, access_listed_people, access_owned_group
from data.actions.directory import do_delete_group, do_save_group
from data.errors import NameBlank, NameTaken, NotFound
from data.queries.groups import count_members, list_candidates, list_chosen_people, list_groups, list_members
from data.queries.recipients import list_own_groups
from tests.factories import Somebody, World, chatter
from tests.statements import counting_statements


def save(owner: Somebody, name: str, members: list[Somebody], group_id: int | None = None) -> int:
    with db.unit_of_work() as uow:
        organization = access_listed_organization(uow, owner.act(Surface.PORTAL))
        group = access_owned_group(uow, organization, group_id) if group_id else None
        people = access_listed_people(uow, organization, [member.id for member in members])
        return do_save_group(uow, organization, group, name, people)


def read(owner: Somebody) -> dict[str, list[str]]:
    with db.read() as reader:
        groups = list_groups(reader, access_listed_organization(reader, owner.act(Surface.PORTAL)))
    return {group.name: [person.name for person in group.people] for group in groups}


def offered(owner: Somebody, search: str = "") -> list[str]:
    with db.read() as reader:
        page = list_candidates(reader, access_listed_organization(reader, owner.act(Surface.PORTAL)), search=search)
    assert page.count == len(page.rows)
    return [row.name for row in page.rows]


@pytest.fixture
def kitchen(world: World) -> int:
    return world.add_service("cuisine")


@pytest.fixture
def ariane(world: World, kitchen: int) -> Somebody:
    return world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))


def test_a_group_is_its_owners_alone(world: World, kitchen: int, ariane: Somebody) -> None:
    karim = world.hire("Karim Benali", kitchen)
    benoit = world.hire("Benoît Carrière", kitchen, manages=(kitchen,))
    group_id = save(ariane, "Fermeture", [karim])
    assert read(ariane) == {"Fermeture": ["Karim Benali"]}
    for other in (benoit, world.administrator):
        assert read(other) == {}
        with db.read() as reader:
            organization = access_listed_organization(reader, other.act(Surface.PORTAL))
            with pytest.raises(NotFound):
                access_owned_group(reader, organization, group_id)
            assert list_own_groups(reader, chatter(reader, other, Surface.PORTAL)) == []
    save(benoit, "Fermeture", [])  # two owners may choose the same name
    with pytest.raises(NotFound):
        save(benoit, "Volé", [karim], group_id)
    assert read(ariane) == {"Fermeture": ["Karim Benali"]}


def test_a_group_holds_people_whom_its_owner_may_see(world: World, kitchen: int, ariane: Somebody) -> None:
    rival = World.create("rival")
    stranger = rival.hire("Planté Rival", rival.add_service("comptoir"))
    elsewhere = world.hire("Planté Ailleurs", world.add_service("bar"))
    for absent in (stranger, elsewhere, world.administrator):
        with pytest.raises(NotFound):
            save(ariane, "Fermeture", [absent])
    assert read(ariane) == {}
    assert offered(ariane) == []


def test_names_are_given_and_given_once(world: World, kitchen: int, ariane: Somebody) -> None:
    first = save(ariane, "Fermeture", [])
    second = save(ariane, "Ouverture", [])
    with pytest.raises(NameTaken):
        save(ariane, " Fermeture ", [])
    with pytest.raises(NameTaken):
        save(ariane, "Fermeture", [], second)
    with pytest.raises(NameBlank):
        save(ariane, "\u200b", [])
    save(ariane, "Fermeture", [], first)
    assert list(read(ariane)) == ["Fermeture", "Ouverture"]


def test_saving_again_replaces_the_members(world: World, kitchen: int, ariane: Somebody) -> None:
    karim, sofia = world.hire("Karim Benali", kitchen), world.hire("Sofia Lavoie", kitchen)
    group_id = save(ariane, "Fermeture", [karim])
    save(ariane, "Soirs", [sofia], group_id)
    assert read(ariane) == {"Soirs": ["Sofia Lavoie"]}


def test_a_deleted_group_is_gone_with_its_members(world: World, kitchen: int, ariane: Somebody) -> None:
    karim = world.hire("Karim Benali", kitchen)
    group_id = save(ariane, "Fermeture", [karim])
    with db.unit_of_work() as uow:
        organization = access_listed_organization(uow, ariane.act(Surface.PORTAL))
        do_delete_group(uow, access_owned_group(uow, organization, group_id))
    assert read(ariane) == {}
    with db.read() as reader, pytest.raises(NotFound):
        access_owned_group(reader, access_listed_organization(reader, ariane.act(Surface.PORTAL)), group_id)


def test_who_moved_or_was_cut_off_is_counted_apart(world: World, kitchen: int, ariane: Somebody) -> None:
    bar = world.add_service("bar")
    karim, sofia, tuan = (world.hire(name, kitchen) for name in ("Karim Benali", "Sofia Lavoie", "Tuan Pham"))
    group_id = save(ariane, "Fermeture", [karim, sofia, tuan])
    world.move(karim, kitchen, bar, date(2026, 11, 23))
    world.cut(sofia)
    assert read(ariane) == {"Fermeture": ["Tuan Pham"]}
    with db.read() as reader:
        organization = access_listed_organization(reader, ariane.act(Surface.PORTAL))
        group = access_owned_group(reader, organization, group_id)
        assert [person.name for person in list_members(reader, group)] == ["Tuan Pham"]
        assert count_members(reader, group) == 3
        chosen = list_chosen_people(
            reader, organization, [tuan.id, karim.id, sofia.id, ariane.id, world.administrator.id]
        )
        assert [person.name for person in chosen] == ["Tuan Pham"]


def test_candidates_are_found_by_name_whatever_the_accents(world: World, kitchen: int, ariane: Somebody) -> None:
    for name in ("Éloïse Cyr", "Jean_Paul Roy", "Karim Benali"):
        world.hire(name, kitchen, app=False)
    assert offered(ariane) == ["Éloïse Cyr", "Jean_Paul Roy", "Karim Benali"]  # not oneself
    assert offered(ariane, "ELOISE") == ["Éloïse Cyr"]
    assert offered(ariane, "_") == ["Jean_Paul Roy"]
    assert offered(ariane, "%") == []


def test_groups_cost_the_same_at_any_size(world: World, kitchen: int, ariane: Somebody) -> None:
    counts = []
    team = [world.hire(f"Personne {number}", kitchen, app=False) for number in range(8)]
    for size in (1, 8):
        save(ariane, f"Groupe {size}", team[:size])
        with db.read() as reader:
            organization = access_listed_organization(reader, ariane.act(Surface.PORTAL))
            with counting_statements() as seen:
                groups = list_groups(reader, organization)
                list_candidates(reader, organization)
                list_chosen_people(reader, organization, [person.id for person in team[:size]])
            counts.append(len(seen))
    assert [(group.count, len(group.people)) for group in groups] == [(1, 1), (8, 5)]
    assert counts[0] == counts[1]
