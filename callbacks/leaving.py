"""Signing out without network: the phone notes it in a cookie, and what it asks the server for next ends the session.
It is the person's own act, done late: the one change that a GET may bring."""

from __future__ import annotations

from contextlib import suppress

from flask import Response, g, request

from callbacks.identity import COOKIES, PATHS, clear_session_cookie
from data import db
from data.access.actors import Actor, Surface, access_open_session
from data.actions.sessions import do_sign_out
from data.errors import NotSignedIn

LEAVING_COOKIE = "chat_leaving"  # set by assets/vault.js, for the phone's paths alone


def let_leave(actor: Actor | None) -> Actor | None:
    """The actor, unless they signed out since: then nobody. A socket that asked before may have ended the session, and
    could not take the cookies away."""
    if g.surface is not Surface.MOBILE or LEAVING_COOKIE not in request.cookies:
        return actor
    if actor is not None:
        with suppress(NotSignedIn), db.unit_of_work() as uow:
            do_sign_out(uow, access_open_session(uow, actor.session_id))
    g.has_left = True
    return None


def forget_leaving(response: Response) -> None:
    """Of whoever signs in here next it says nothing."""
    response.delete_cookie(LEAVING_COOKIE, path=PATHS[Surface.MOBILE])


def forget_who_left(response: Response) -> Response:
    """The cookies go with the session, but for those of whoever signed in with this answer."""
    if g.get("has_left"):
        forget_leaving(response)
        begins = f"{COOKIES[Surface.MOBILE]}="
        if not any(cookie.startswith(begins) for cookie in response.headers.getlist("Set-Cookie")):
            clear_session_cookie(response, Surface.MOBILE)
    return response
