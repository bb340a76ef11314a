"""What the socket answers, on each surface: filled by chat_commands and participants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callbacks.frames import Frame
from data.access.actors import Actor, Surface
from data.access.permissions import Permission


@dataclass(frozen=True)
class Command:
    """`run(reader or unit of work, actor, frame)` gives the result of the answer."""

    frame: type[Frame]
    permission: Permission
    writes: bool
    run: Callable[[Any, Actor, Any], Any]


COMMANDS: dict[Surface, dict[type[Frame], Command]] = {Surface.PORTAL: {}, Surface.MOBILE: {}}


def command(
    frame: type[Frame], *, permission: Permission, writes: bool, surfaces: tuple[Surface, ...] = tuple(Surface)
) -> Callable[[Callable[[Any, Actor, Any], Any]], Callable[[Any, Actor, Any], Any]]:
    """Open a socket command on surfaces."""

    def declare(run: Callable[[Any, Actor, Any], Any]) -> Callable[[Any, Actor, Any], Any]:
        for surface in surfaces:
            COMMANDS[surface][frame] = Command(frame, permission, writes, run)
        return run

    return declare
