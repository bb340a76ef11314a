"""Who asks: the actor behind the cookie of the surface, and the words that suit them."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request, Response, current_app, g, request

from data import db
from data.access.actors import Actor, Surface, access_session, hash_token
from data.config import Settings
from data.errors import NotSignedIn
from data.i18n import DEFAULT, LANGUAGES, Translator, translator

COOKIES = {Surface.PORTAL: "chat_portal", Surface.MOBILE: "chat_mobile"}
PATHS = {Surface.PORTAL: "/", Surface.MOBILE: "/m"}
LANGUAGE_COOKIE = "language"
MARK_COOKIE = "chat_phone"  # which sign-in this phone is in, for its scripts: what they keep belongs to it alone


def find_surface(path: str) -> Surface:
    """The server's own knowledge: what lies under /m is the mobile application, all else the portal."""
    return Surface.MOBILE if path == "/m" or path.startswith("/m/") else Surface.PORTAL


def find_actor(surface: Surface) -> Actor | None:
    token = request.cookies.get(COOKIES[surface])
    if not token:
        return None
    try:
        with db.read() as reader:
            return access_session(reader, hash_token(token, get_settings().secret_key), surface)
    except NotSignedIn:
        return None


def current_actor() -> Actor:
    """The actor of this request; the gate has let them in."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        raise NotSignedIn()
    return actor


def current_translator() -> Translator:
    """The language of the actor, else the one chosen on this device, else French."""
    actor: Actor | None = g.get("actor")
    if actor is not None:
        return translator(actor.language)
    chosen = request.cookies.get(LANGUAGE_COOKIE, DEFAULT)
    return translator(chosen if chosen in LANGUAGES else DEFAULT)


def get_settings() -> Settings:
    settings: Settings = current_app.config["CHAT_SETTINGS"]
    return settings


def set_session_cookie(response: Response, surface: Surface, token: str, seconds: int) -> None:
    response.set_cookie(
        COOKIES[surface],
        token,
        max_age=seconds,
        path=PATHS[surface],
        secure=_is_secure(request),
        httponly=True,
        samesite="Lax",
    )
    if surface is Surface.MOBILE:
        _set_mark_cookie(response, token, seconds)


def renew_session_cookie(response: Response, surface: Surface, seconds: int) -> None:
    """The session of this request is in use: its cookie lasts on as it does."""
    set_session_cookie(response, surface, request.cookies[COOKIES[surface]], seconds)


def clear_session_cookie(response: Response, surface: Surface) -> None:
    response.delete_cookie(COOKIES[surface], path=PATHS[surface])
    if surface is Surface.MOBILE:
        response.delete_cookie(MARK_COOKIE, path=PATHS[surface])


def current_mark() -> str:
    """Of the sign-in of this request. Nobody signs in with it."""
    return _derive_mark(request.cookies[COOKIES[Surface.MOBILE]])


def _derive_mark(token: str) -> str:
    return hash_token(f"mark:{token}", get_settings().secret_key)[:24]


def _set_mark_cookie(response: Response, token: str, seconds: int) -> None:
    response.set_cookie(
        MARK_COOKIE,
        _derive_mark(token),
        max_age=seconds,
        path=PATHS[Surface.MOBILE],
        secure=_is_secure(request),
        httponly=False,
        samesite="Lax",
    )


def set_language_cookie(response: Response, language: str) -> None:
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=400 * 86_400,
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="Lax",
    )


def safe_target(target: str, default: str) -> str:
    """A path of ours, never another site; nothing that a browser reads otherwise than we do, nor a header refuses."""
    if not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return default
    try:
        parts = urlsplit(target)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc else target


def _is_secure(asked: Request) -> bool:
    return asked.is_secure or get_settings().origin.startswith("https://")
