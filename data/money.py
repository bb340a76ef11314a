"""Amounts as people read them: `1 234,50 $` in French, with no-break spaces, `$1,234.50` in English. Pure."""

from __future__ import annotations

NO_BREAK_SPACE = "\u00a0"
PRICE_DIGITS = 4


def format_money(cents: int, language: str) -> str:
    return _format(abs(cents) // 100, f"{abs(cents) % 100:02}", language, is_negative=cents < 0)


def format_price(price: int, language: str) -> str:
    """A price in 1/10000 $, with the decimals it needs and two at least."""
    whole, decimals = _split(abs(price), PRICE_DIGITS)
    return _format(whole, decimals.ljust(2, "0"), language, is_negative=price < 0)


def format_plain_price(price: int) -> str:
    """A price in 1/10000 $ as files write it: `0.25`, `0.225`."""
    whole, decimals = _split(abs(price), PRICE_DIGITS)
    return f"{'-' if price < 0 else ''}{whole}.{decimals.ljust(2, '0')}"


def parse_plain_price(text: str) -> int:
    """`0.225` in 1/10000 $. Raises ValueError for anything but a decimal of at most four places."""
    whole, _, decimals = text.strip().partition(".")
    if not whole.isdecimal() or len(decimals) > PRICE_DIGITS or (decimals and not decimals.isdecimal()):
        raise ValueError(f"not a price: {text}")
    return int(whole + decimals.ljust(PRICE_DIGITS, "0"))


def _split(units: int, digits: int) -> tuple[int, str]:
    return units // 10**digits, f"{units % 10**digits:0{digits}}".rstrip("0")


def _format(whole: int, decimals: str, language: str, *, is_negative: bool) -> str:
    sign = "-" if is_negative else ""
    if language.startswith("fr"):
        return f"{sign}{whole:,}".replace(",", NO_BREAK_SPACE) + f",{decimals}{NO_BREAK_SPACE}$"
    return f"{sign}${whole:,}.{decimals}"
