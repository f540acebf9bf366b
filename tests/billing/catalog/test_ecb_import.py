"""Exchange rates as direct pairs, exact to eight decimals."""

from datetime import date
from decimal import Decimal

import pytest
from currency_converter import CurrencyConverter

from billing.catalog import import_ecb
from billing.errors import MeterbookError

from .conftest import CatalogFolder

PAIRS = [("USD", "EUR"), ("USD", "JPY"), ("EUR", "USD")]
FIRST, LAST = date(2026, 9, 28), date(2026, 10, 6)


@pytest.fixture
def no_rates(catalog: CatalogFolder) -> CatalogFolder:
    catalog.file("exchange_rates").unlink()
    return catalog


def test_every_published_day_gets_a_row_per_pair(no_rates: CatalogFolder) -> None:
    added = import_ecb(no_rates.path, pairs=PAIRS, first_day=FIRST, last_day=LAST)
    days = sorted({row["rate_date"] for row in no_rates.rows("exchange_rates")})
    weekend = {"2026-10-03", "2026-10-04"}
    assert len(days) == 7
    assert not weekend & set(days)
    assert added == 3 * len(days)
    assert no_rates.problems() == []


def test_rates_agree_with_an_independent_conversion(no_rates: CatalogFolder) -> None:
    import_ecb(no_rates.path, pairs=PAIRS, first_day=FIRST, last_day=LAST)
    converter = CurrencyConverter(decimal=True)
    half = Decimal("0.000000005")
    for row in no_rates.rows("exchange_rates"):
        day = date.fromisoformat(row["rate_date"])
        exact = converter.convert(1, row["base_currency"], row["quote_currency"], date=day)
        assert abs(Decimal(row["rate"]) - exact) <= half
        assert Decimal(row["rate"]).as_tuple().exponent == -8


def test_days_already_there_are_left_as_they_are(no_rates: CatalogFolder) -> None:
    import_ecb(no_rates.path, pairs=PAIRS, first_day=FIRST, last_day=LAST)
    before = no_rates.file("exchange_rates").read_bytes()
    assert import_ecb(no_rates.path, pairs=PAIRS, first_day=FIRST, last_day=LAST) == 0
    later = date(2026, 10, 7)
    assert import_ecb(no_rates.path, pairs=PAIRS, first_day=FIRST, last_day=later) == 3
    assert no_rates.file("exchange_rates").read_bytes().startswith(before)


def test_a_currency_the_bank_does_not_publish_is_refused(no_rates: CatalogFolder) -> None:
    with pytest.raises(MeterbookError, match="no rate for ARS"):
        import_ecb(no_rates.path, pairs=[("USD", "ARS")], first_day=FIRST, last_day=LAST)


def test_the_committed_rates_are_what_the_importer_writes(catalog: CatalogFolder) -> None:
    committed = catalog.file("exchange_rates").read_bytes()
    catalog.file("exchange_rates").unlink()
    pairs = [("USD", "EUR"), ("USD", "JPY")]
    first, last = date(2026, 8, 1), date(2026, 10, 31)
    import_ecb(catalog.path, pairs=pairs, first_day=first, last_day=last)
    assert catalog.file("exchange_rates").read_bytes() == committed
