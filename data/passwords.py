"""Passwords: hashed with argon2, compared in constant work whether or not the account exists, never shown."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from data import offload
from data.errors import PasswordCommon, PasswordTooLong, PasswordTooShort
from data.text import fold

EMPLOYEE_LENGTH = 10
MANAGER_LENGTH = 15  # for people with rights over others
LONGEST = 200

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)  # OWASP's first choice for argon2id
_COMMON = frozenset(FREQUENCY_LISTS["passwords"])
# What a password is compared with where there is no account, so that the answer takes as long.
_NOBODY = _hasher.hash("nobody has this password")


def check_password(password: str, *, has_rights: bool, about: tuple[str, ...]) -> str:
    """Long enough and not a common one; no rules about kinds of characters. `about`: words that say who one is, of
    which a password must not be made."""
    shortest = MANAGER_LENGTH if has_rights else EMPLOYEE_LENGTH
    if len(password) < shortest:
        raise PasswordTooShort(limit=shortest)
    if len(password) > LONGEST:
        raise PasswordTooLong(limit=LONGEST)
    bare = fold(password).strip()
    # A common word, repeated or lengthened by a few digits, is as common.
    stem = bare.rstrip("0123456789!.*")
    obvious = {fold(word) for word in about if len(word) >= 4}
    if bare in _COMMON or stem in _COMMON or stem in obvious or len(set(bare)) < 4 or _is_repeated(bare):
        raise PasswordCommon()
    return password


def _is_repeated(text: str) -> bool:
    """One short piece again and again: `soleilsoleil`, `1234512345`."""
    return text in (text + text)[1:-1]


def hash_password(password: str) -> str:
    return offload.run(_hasher.hash, password)


def is_password(password: str, password_hash: str | None) -> bool:
    return offload.run(_verify, password, password_hash or _NOBODY) and password_hash is not None


def _verify(password: str, password_hash: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
