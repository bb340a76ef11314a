"""Finding people by words: their names for everybody, their numbers as well only where one is shown numbers anyway (a
number is half of what signs in)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, or_

from data.models import employees, people
from data.text import like_pattern

WORDS = 5  # of a search


def match_names(search: str) -> list[ColumnElement[bool]]:
    return [people.c.search_name.like(pattern, escape="\\") for pattern in _list_patterns(search)]


def match_names_and_numbers(search: str) -> list[ColumnElement[bool]]:
    """For a query that joins the employee files."""
    return [
        or_(
            people.c.search_name.like(pattern, escape="\\"),
            func.lower(employees.c.number).like(pattern, escape="\\"),
        )
        for pattern in _list_patterns(search)
    ]


def _list_patterns(search: str) -> list[str]:
    return [like_pattern(word) for word in search.split()[:WORDS]]
