"""What a page, callback, route or socket command asks for before it looks at anything. There is no default: whoever
opens a way in names one of these, or the application refuses to start."""

from __future__ import annotations

from enum import Enum, auto

from data.access.actors import Actor, Surface, VendorRole, access_chat
from data.errors import NotAllowed, NotSignedIn


class Permission(Enum):
    ANYONE = auto()
    SIGNED_IN = auto()
    MEMBER = auto()  # somebody of an organization, on any surface
    PORTAL = auto()  # a manager, an administrator or the vendor's staff, on the portal
    CHAT = auto()  # the chat is on for them, on the surface they came from
    RUN_SERVICES = auto()  # a manager or an administrator, on the portal
    SHAPE_ORGANIZATION = auto()  # an administrator or customer service, on the portal
    ADMINISTER = auto()  # an administrator, on the portal
    SUPPORT = auto()  # the vendor's customer service, on the portal
    USAGE = auto()  # a manager or an administrator, on the portal
    HAND_LINKS = auto()  # who hands access sheets: a manager, an administrator, customer service, on the portal
    DIAGNOSE = auto()  # a manager, an administrator or customer service, on the portal
    READ_OPTION = auto()  # an administrator or the vendor's staff, on the portal
    SEE_BILL = auto()  # an administrator or the vendor's staff, on the portal
    SEE_BILLED_PEOPLE = auto()  # an administrator or finance, on the portal
    KEEP_BOOKS = auto()  # the vendor's finance, on the portal


def check_permission(actor: Actor | None, permission: Permission) -> None:
    """Raise `NotSignedIn`, `NotAllowed` or `OptionOff` unless the actor may come in here at all."""
    if permission is Permission.ANYONE:
        return
    if actor is None:
        raise NotSignedIn()
    if not _has(actor, permission):
        raise NotAllowed()
    if permission is Permission.CHAT:
        access_chat(actor)


def has_permission(actor: Actor | None, permission: Permission) -> bool:
    return permission is Permission.ANYONE or (actor is not None and _has(actor, permission))


def _has(actor: Actor, permission: Permission) -> bool:
    if permission is Permission.SIGNED_IN:
        return True
    if permission is Permission.MEMBER:
        return actor.rights is not None
    if permission is Permission.CHAT:
        return actor.rights is not None and (actor.surface is Surface.MOBILE or actor.rights.has_portal)
    if actor.surface is not Surface.PORTAL:
        return False
    supports = actor.vendor_role is VendorRole.CUSTOMER_SERVICE
    administers = actor.rights is not None and actor.rights.is_administrator
    runs = actor.rights is not None and actor.rights.has_portal
    keeps = actor.vendor_role is VendorRole.FINANCE
    return {
        Permission.PORTAL: runs or actor.vendor_role is not None,
        Permission.RUN_SERVICES: runs,
        Permission.USAGE: runs,
        Permission.SHAPE_ORGANIZATION: administers or supports,
        Permission.ADMINISTER: administers,
        Permission.SUPPORT: supports,
        Permission.HAND_LINKS: runs or supports,
        Permission.DIAGNOSE: runs or supports,
        Permission.READ_OPTION: administers or actor.vendor_role is not None,
        Permission.SEE_BILL: administers or supports or keeps,
        Permission.SEE_BILLED_PEOPLE: administers or keeps,
        Permission.KEEP_BOOKS: keeps,
    }[permission]
