"""What the drawer of a person asks before an act that takes something away: what ends, what will not begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from components.asking import Question
from data.i18n import Translator
from data.queries.directory import PersonFile, Place

DAY = timedelta(days=1)


def ask_end(t: Translator, file: PersonFile, day: date) -> Question:
    closes = (
        t("Last day: {day}. The chat closes at once.", day=t.day(day))
        if day < file.today
        else t("Last day: {day}. The chat closes at the midnight after it.", day=t.day(day))
    )
    ends = [place for place in file.places if place.starts_on <= day and _lasts_beyond(place, day)]
    lost = [place for place in file.places if place.starts_on > day]
    return Question(
        t("End the employment of {name}?", name=file.row.name),
        closes,
        t("End employment"),
        [(t("Ends that day:"), _name(ends)), (t("Will not take place:"), _name_with_start(t, lost))],
    )


def ask_new_departure(t: Translator, file: PersonFile, day: date) -> Question:
    before = file.row.ends_on
    if before is not None and day < before:
        return ask_end(t, file, day)
    return Question(
        t("Change the last day of {name}?", name=file.row.name),
        t("It was {before}; it becomes {day}.", before=t.day(before) if before else "–", day=t.day(day)),
        t("Change the last day"),
        [(t("Goes on until then:"), _name(_list_leaving(file)))],
    )


def ask_no_departure(t: Translator, file: PersonFile) -> Question:
    return Question(
        t("Cancel the departure of {name}?", name=file.row.name),
        t("There is no last day any more. Work that was given up with the departure does not come back by itself."),
        t("Cancel the departure"),
        [(t("Goes on:"), _name(_list_leaving(file)))],
    )


def ask_end_service(t: Translator, file: PersonFile, service_id: int, day: date) -> Question:
    ending = [place for place in file.places if place.service_id == service_id and place.when != "left"]
    service = ending[0].service if ending else ""
    return Question(
        t("End the work of {name} in {service}?", name=file.row.name, service=service),
        t("Last day there: {day}.", day=t.day(day)),
        t("End the work there"),
        _list_effects(t, file, service_id, day, ending),
    )


def ask_give_up(t: Translator, file: PersonFile, place: Place) -> Question:
    return Question(
        t("Cancel the work to come in {service}?", service=place.service),
        t("{name} will not begin there on {day}.", name=file.row.name, day=t.day(place.starts_on)),
        t("Cancel this work"),
        _list_effects(t, file, place.service_id, place.starts_on - DAY, [place]),
    )


def ask_cut(t: Translator, file: PersonFile) -> Question:
    devices = t.plural("Signed out of {n} device at once.", "Signed out of {n} devices at once.", file.sessions or 0)
    return Question(
        t("Cut the access of {name} now?", name=file.row.name),
        devices if file.sessions else t("Signed in nowhere at the moment."),
        t("Cut access now"),
        [
            (
                t("From this moment on:"),
                [
                    t("no way in: neither the password nor an access link works;"),
                    t("nobody can write to this person;"),
                    t("employment and billing go on."),
                ],
            )
        ],
    )


def _list_effects(
    t: Translator, file: PersonFile, service_id: int, day: date, ending: Sequence[Place]
) -> list[tuple[str, Sequence[str]]]:
    lost = [place for place in ending if place.starts_on > day]
    others = [place for place in file.places if place.service_id != service_id and _lasts_beyond(place, day)]
    goes_on = _name(others) or [t("nothing: there is no other service")]
    return [(t("Will not take place:"), _name_with_start(t, lost)), (t("Goes on:"), goes_on)]


def _list_leaving(file: PersonFile) -> list[Place]:
    return [place for place in file.places if place.ends_on is not None and place.ends_on == file.row.ends_on]


def _lasts_beyond(place: Place, day: date) -> bool:
    return place.ends_on is None or place.ends_on > day


def _name(places: Iterable[Place]) -> list[str]:
    return [f"{place.service} · {place.department}" if place.department else place.service for place in places]


def _name_with_start(t: Translator, places: Sequence[Place]) -> list[str]:
    return [
        f"{name}, {t('from {day}', day=t.day(at.starts_on))}" for name, at in zip(_name(places), places, strict=True)
    ]
