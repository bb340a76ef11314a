"""`flask --app app why-not-told`: from a complaint to its cause, in lines that tell nothing of what was written."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from data import db
from data.models import employees
from tests.conftest import Moment
from tests.factories import Somebody, World, launch, mute, send


def find_number(somebody: Somebody) -> str:
    with db.read() as reader:
        number: str = reader.execute(
            select(employees.c.number).where(employees.c.person_id == somebody.id)
        ).scalar_one()
    return number


def ask(application: Flask, *arguments: str) -> tuple[int, str]:
    answer = application.test_cli_runner().invoke(args=["why-not-told", "--organization", "laurier", *arguments])
    return answer.exit_code, answer.output


def test_a_complaint_leads_to_its_cause(application: Flask, app_world: World, moment: Moment) -> None:
    kitchen = app_world.add_service("cuisine")
    ariane = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = app_world.hire("Karim Benali", kitchen)
    team = launch(ariane, kitchen, name="Nom planté")
    send(karim, team, "Texte planté")
    number = find_number(karim)
    mute(karim, team)
    send(ariane, team, "Autre texte planté")
    moment.advance(hours=1)
    status, told = ask(application, "--person", number, "--at", "2026-11-23T10:05")
    assert status == 0
    assert told.splitlines() == [
        f'In the log: "person": {karim.id}',
        f"Conversation {team}: 2 messages, read to 0",
        "  They muted it, on 2026-11-23 10:00:00.",
        "  No device of theirs ever took notifications.",
    ]
    assert ask(application, "--person", number, "--conversation", str(team)) == (0, told)


def test_what_cannot_be_found_is_said_in_one_line(application: Flask, app_world: World) -> None:
    kitchen = app_world.add_service("cuisine")
    number = find_number(app_world.hire("Karim Benali", kitchen))
    for arguments, said in (
        (("--person", "zzz"), "Nobody there has the number zzz."),
        (("--person", number), "Nothing was said around that time in a conversation in which they take part."),
        (("--person", number, "--conversation", "99"), "That organization has no such conversation."),
        (("--person", number, "--at", "hier"), "hier is no instant. Write it like 2026-11-24T14:05."),
    ):
        assert ask(application, *arguments) == (1, f"Error: {said}\n"), arguments
