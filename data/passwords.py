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
    # A common word lengthened by a few digits is as common.
    is_common = bare in _COMMON or bare.rstrip("0123456789!.*") in _COMMON
    if is_common or len(set(bare)) < 4 or _is_repeated(bare) or _is_made_of(bare, about):
        raise PasswordCommon()
    return password


def _is_made_of(text: str, words: tuple[str, ...]) -> bool:
    """Take away the names and what is no letter: next to nothing remains."""
    for word in (part for name in words for part in fold(name).split() if len(part) > 2):
        text = text.replace(word, "")
    return sum(char.isalpha() for char in text) < 4


def _is_repeated(text: str) -> bool:
    """One short piece again and again: `soleilsoleil`, `1234512345`."""
    return text in (text + text)[1:-1]


def hash_password(password: str) -> str:
    return offload.run_in(offload.Lane.PASSWORDS, _hasher.hash, password)


def is_password(password: str, password_hash: str | None) -> bool:
    is_right = offload.run_in(offload.Lane.PASSWORDS, _verify, password, password_hash or _NOBODY)
    return is_right and password_hash is not None


def _verify(password: str, password_hash: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
