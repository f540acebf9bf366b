"""Exchange rates as direct pairs, exact to eight decimals."""

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

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
    added = import_ecb(no_rates.path, pairs=PAIRS, first_day=FIRST, last_day=LAST).added
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
    assert import_ecb(no_rates.path, pairs=PAIRS, first_day=FIRST, last_day=LAST).added == 0
    later = date(2026, 10, 7)
    assert import_ecb(no_rates.path, pairs=PAIRS, first_day=FIRST, last_day=later).added == 3
    assert no_rates.file("exchange_rates").read_bytes().startswith(before)


def test_what_is_there_says_which_pairs_and_days_go_on(no_rates: CatalogFolder) -> None:
    """Two pairs from 28 September to 6 October; then all that the package has after it."""
    import_ecb(no_rates.path, pairs=PAIRS[:2], first_day=FIRST, last_day=LAST)
    done = import_ecb(no_rates.path)
    days = {row["rate_date"] for row in no_rates.rows("exchange_rates")}
    assert done.last_published >= date(2026, 10, 30)
    assert max(days) == done.last_published.isoformat()
    assert done.added == 2 * len([day for day in days if day > "2026-10-06"])
    assert done.differing == ()


def test_a_row_with_another_rate_is_named_and_stays(no_rates: CatalogFolder) -> None:
    import_ecb(no_rates.path, pairs=PAIRS[:1], first_day=FIRST, last_day=LAST)
    row = no_rates.row_of("exchange_rates", rate_date="2026-10-05")
    published = no_rates.rows("exchange_rates")[row - 2]["rate"]
    no_rates.change("exchange_rates", row, rate="0.5")
    done = import_ecb(no_rates.path, last_day=LAST)
    assert done.differing == (f"USD/EUR on 2026-10-05: 0.5 here, {published} published",)
    assert no_rates.rows("exchange_rates")[row - 2]["rate"] == "0.5"


def test_a_newer_file_of_the_bank_is_read(no_rates: CatalogFolder, tmp_path: Path) -> None:
    """1 EUR = 1.25 USD, so 1 USD = 0.8 EUR; of the yen the bank says nothing on that day."""
    file = tmp_path / "eurofxref-hist.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("eurofxref-hist.csv", "Date,USD,JPY,\n2026-11-02,1.25,N/A,\n")
    done = import_ecb(no_rates.path, file, pairs=PAIRS, first_day=FIRST)
    rows = [(row["base_currency"], row["rate"]) for row in no_rates.rows("exchange_rates")]
    assert (done.added, done.last_published) == (2, date(2026, 11, 2))
    assert rows == [("USD", "0.80000000"), ("EUR", "1.25000000")]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK"])
def test_another_file_is_refused(no_rates: CatalogFolder, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rates.zip"
    file.write_bytes(content)
    with pytest.raises(MeterbookError, match=r"rates\.zip does not hold the bank's rates"):
        import_ecb(no_rates.path, file, pairs=PAIRS, first_day=FIRST)


def test_an_empty_file_does_not_say_what_to_import(no_rates: CatalogFolder) -> None:
    with pytest.raises(MeterbookError, match="--pair USD/EUR"):
        import_ecb(no_rates.path)


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
