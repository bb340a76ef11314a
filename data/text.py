"""What people type: cleaned, checked, and folded for search."""

from __future__ import annotations

import re
import unicodedata

from data.errors import EmailInvalid, NameBlank, NameTooLong, TextBlank, TextTooLong

TEXT_LIMIT = 4000
NAME_LIMIT = 80

# Controls but tab and newline, and what could reorder the line around it: bidi embeddings and overrides.
# Joiners and variation selectors stay, emoji are made of them.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufeff\ufff9-\ufffb]")
_ISOLATES = re.compile("[\u200e\u200f\u2066-\u2069]")
# Letters or signs to Unicode, nothing to the eye: Hangul fillers, the blank Braille pattern, the place of an object
# that is not there, a cuneiform sign without a form, blank hieroglyphs, the note without a head.
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U00012327\U00013441\U00013442\U0001d159")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


def clean_text(text: str) -> str:
    """Without control characters, newlines made one kind; never shortened."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n ")


def is_storable(text: str) -> bool:
    """No NUL, which PostgreSQL keeps nowhere, and no half of a character, which no encoding has."""
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text))


def is_blank(text: str) -> bool:
    """Nothing the eye could see: spaces, zero-width characters, marks without a letter."""
    return not any(map(_is_seen, text))


def find_first_sign(text: str) -> str:
    """The first character that the eye sees, in its plain form; nothing where there is none."""
    return unicodedata.normalize("NFKC", next(filter(_is_seen, text), ""))


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZM" and char not in _INVISIBLE


def check_text(text: str) -> str:
    """The text of a typed message, clean; `TextBlank` or `TextTooLong` (in code points) otherwise."""
    clean = clean_text(text)
    if is_blank(clean):
        raise TextBlank()
    if len(clean) > TEXT_LIMIT:
        raise TextTooLong(limit=TEXT_LIMIT, length=len(clean))
    return clean


def check_name(name: str, *, limit: int = NAME_LIMIT) -> str:
    """One line that can be seen, of `limit` code points at most."""
    clean = " ".join(_ISOLATES.sub("", clean_text(name)).split())
    if is_blank(clean):
        raise NameBlank()
    if len(clean) > limit:
        raise NameTooLong(limit=limit, length=len(clean))
    return clean


def check_email(email: str) -> str | None:
    """Lower case, or None where nothing was given (many employees have none)."""
    clean = email.strip().lower()
    if not clean:
        return None
    if len(clean) > 254 or not _EMAIL.fullmatch(clean) or _UNWANTED.search(clean):
        raise EmailInvalid()
    return clean


def fold(text: str) -> str:
    """For search: é ≡ É ≡ e, œ ≡ oe, ligatures undone."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def like_pattern(search: str) -> str:
    """A LIKE pattern (escape character ``\\``) in which %, _ and \\ stand for themselves."""
    literal = fold(search.strip()).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"
