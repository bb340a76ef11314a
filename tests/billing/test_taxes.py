"""The dated table of taxes, and amounts as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from data.billing.printed import format_rate
from data.billing.rating import Facts, TaxProfileChange, TaxRateChange
from data.billing.taxes import CANADIAN_RATES, NoTaxes, rates_on, taxes_on
from data.money import format_money, format_plain_price, format_price, parse_plain_price

NOW = datetime(2026, 10, 3, 13, tzinfo=UTC)


def facts(province: str, *exempt: str) -> Facts:
    profile = TaxProfileChange("p", date.min, datetime(2020, 1, 1, tzinfo=UTC), province, frozenset(exempt))
    return Facts("America/Toronto", tax_profiles=(profile,), tax_rates=CANADIAN_RATES)


@pytest.mark.parametrize(
    ("province", "day", "rates"),
    [
        ("QC", date(2026, 10, 3), [("GST", 5000), ("QST", 9975)]),
        ("ON", date(2026, 10, 3), [("HST", 13000)]),
        ("NB", date(2026, 10, 3), [("HST", 15000)]),
        ("NL", date(2026, 10, 3), [("HST", 15000)]),
        ("PE", date(2026, 10, 3), [("HST", 15000)]),
        ("NS", date(2025, 3, 31), [("HST", 15000)]),
        ("NS", date(2025, 4, 1), [("HST", 14000)]),
        *((province, date(2026, 10, 3), [("GST", 5000)]) for province in ("AB", "BC", "MB", "SK", "NT", "NU", "YT")),
    ],
)
def test_the_rates_of_a_province_on_a_day(province: str, day: date, rates: list[tuple[str, int]]) -> None:
    assert rates_on(facts(province), day, NOW) == rates


def test_an_exemption_is_from_what_it_names() -> None:
    assert rates_on(facts("QC", "QST"), NOW.date(), NOW) == [("GST", 5000)]
    assert rates_on(facts("QC", "GST", "QST"), NOW.date(), NOW) == []


def test_no_province_or_no_rates_is_no_invoice_without_taxes() -> None:
    with pytest.raises(NoTaxes):
        rates_on(Facts("UTC", tax_rates=CANADIAN_RATES), NOW.date(), NOW)
    with pytest.raises(NoTaxes):
        rates_on(facts("XX"), NOW.date(), NOW)


def test_a_province_that_changes_its_taxes() -> None:
    changes = (
        TaxRateChange("1", "AB", "GST", 0, date(2027, 1, 1), NOW),
        TaxRateChange("2", "AB", "HST", 11000, date(2027, 1, 1), NOW),
    )
    known = Facts("UTC", tax_profiles=facts("AB").tax_profiles, tax_rates=(*CANADIAN_RATES, *changes))
    assert rates_on(known, date(2026, 12, 31), NOW) == [("GST", 5000)]
    assert rates_on(known, date(2027, 1, 1), NOW) == [("HST", 11000)]
    before = datetime(2026, 10, 3, 12, tzinfo=UTC)
    assert rates_on(known, date(2027, 1, 1), before) == [("GST", 5000)]


def test_each_tax_is_rounded_half_up_once() -> None:
    amounts = [tax.amount_cents for tax in taxes_on(50, [("GST", 5000), ("QST", 9975)])]
    assert amounts == [3, 5]
    assert [tax.amount_cents for tax in taxes_on(9, [("GST", 5000)])] == [0]


@pytest.mark.parametrize(
    ("rate", "text"), [(9975, "0.09975"), (5000, "0.05"), (13000, "0.13"), (100000, "1"), (0, "0")]
)
def test_rates_as_files_write_them(rate: int, text: str) -> None:
    assert format_rate(rate) == text


@pytest.mark.parametrize(
    ("cents", "french", "english"),
    [
        (123450, "1\u00a0234,50\u00a0$", "$1,234.50"),
        (0, "0,00\u00a0$", "$0.00"),
        (5, "0,05\u00a0$", "$0.05"),
        (-5, "-0,05\u00a0$", "-$0.05"),
        (-123456789, "-1\u00a0234\u00a0567,89\u00a0$", "-$1,234,567.89"),
    ],
)
def test_money_in_two_languages(cents: int, french: str, english: str) -> None:
    assert format_money(cents, "fr") == format_money(cents, "fr-CA") == french
    assert format_money(cents, "en") == english


@pytest.mark.parametrize(
    ("price", "plain", "french", "english"),
    [
        (2500, "0.25", "0,25\u00a0$", "$0.25"),
        (2250, "0.225", "0,225\u00a0$", "$0.225"),
        (3000, "0.30", "0,30\u00a0$", "$0.30"),
        (1, "0.0001", "0,0001\u00a0$", "$0.0001"),
        (10000, "1.00", "1,00\u00a0$", "$1.00"),
        (0, "0.00", "0,00\u00a0$", "$0.00"),
    ],
)
def test_prices_have_the_decimals_they_need(price: int, plain: str, french: str, english: str) -> None:
    assert format_plain_price(price) == plain
    assert parse_plain_price(plain) == price
    assert (format_price(price, "fr"), format_price(price, "en")) == (french, english)


@pytest.mark.parametrize("text", ["", "0,25", "-1", "0.25001", "1e3", "0.2x", "."])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a price"):
        parse_plain_price(text)
