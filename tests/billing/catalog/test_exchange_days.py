"""The days of contracts whose rate changes daily, and what holds on each."""

from datetime import date, datetime
from decimal import Decimal

import polars as pl

from billing.catalog.columns import INSTANT
from billing.catalog.exchange_days import exchange_days, exchange_rates_of_day
from billing.catalog.slices import LISTED, OWN_TERMS, rating_slices
from billing.catalog.typed import LAST_DAY, LAST_INSTANT
from billing.periods import BillingMonth

OCTOBER = BillingMonth(2026, 10)
MIDNIGHT = datetime(2026, 10, 4, 18, 30)  # noqa: DTZ001 - of Kolkata, in UTC


def _windows(*instants: datetime) -> pl.DataFrame:
    rows = [("org", "maximum", instant, LAST_INSTANT) for instant in instants]
    schema = {
        "organization_id": pl.String,
        "kind": pl.String,
        "valid_from_at": INSTANT,
        "valid_to_at": INSTANT,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _tables(rule: str = "daily", first: date = date(2026, 1, 1)) -> dict[str, pl.DataFrame]:
    contract = {
        "contract_id": ["c"],
        "organization_id": ["org"],
        "exchange_source": ["ecb"],
        "valid_from_date": [first],
        "valid_to_date": [LAST_DAY],
    }
    rates = [
        ("ecb", "USD", "EUR", date(2026, 10, 2), Decimal("0.8")),
        ("ecb", "USD", "EUR", date(2026, 10, 5), Decimal("0.9")),
        ("other", "USD", "EUR", date(2026, 10, 3), Decimal("0.1")),
    ]
    columns = ("source", "base_currency", "quote_currency", "rate_date", "rate")
    zone = {"organization_id": ["org"], "zone": ["Asia/Kolkata"]}
    return {
        "billing_profiles": pl.DataFrame(zone),
        "contracts": pl.DataFrame(contract).with_columns(_windows(MIDNIGHT)[0, 2:]),
        "exchange_terms": pl.DataFrame({"contract_id": ["c"], "date_rule": [rule]}),
        "exchange_rates": pl.DataFrame(rates, schema=columns, orient="row"),
    }


def test_a_day_is_the_customers_and_only_of_its_contract() -> None:
    days = exchange_days(_tables(first=date(2026, 10, 30)), [OCTOBER])
    assert days["exchange_date"].to_list() == [date(2026, 10, 30), date(2026, 10, 31)]
    assert days["starts_at"][0] == datetime(2026, 10, 29, 18, 30)  # noqa: DTZ001
    assert days["ends_at"][0] == days["starts_at"][1]


def test_other_contracts_have_no_days_and_need_no_rates() -> None:
    tables = _tables("invoice_date")
    assert exchange_days(tables, [OCTOBER]).is_empty()
    assert exchange_rates_of_day(tables, [OCTOBER]).is_empty()


def test_each_day_has_the_last_rate_up_to_it() -> None:
    """Nothing was published before the 2nd; the other source is not used."""
    rates = exchange_rates_of_day(_tables(), [OCTOBER])
    found = {row["exchange_date"].day: row["rate"] for row in rates.iter_rows(named=True)}
    assert sorted(found) == list(range(2, 32))
    assert (found[4], found[5], found[31]) == (Decimal("0.8"), Decimal("0.9"), Decimal("0.9"))


def test_a_day_is_a_stretch_of_its_own_and_a_price_change_cuts_within_it() -> None:
    noon = datetime(2026, 10, 5, 6, 30)  # noqa: DTZ001
    tables = {name: _windows() for name in OWN_TERMS} | {name: _windows() for name in LISTED}
    tables |= _tables(first=date(2026, 10, 5)) | {"prices": _windows(noon)}
    slices = rating_slices(tables, [OCTOBER], exchange_days(tables, [OCTOBER]))
    rows = slices.sort("starts_at").rows(named=True)
    assert [row["terms_from_at"] == row["starts_at"] for row in rows[:3]] == [True, True, False]
    assert (rows[0]["ends_at"], rows[1]["ends_at"]) == (MIDNIGHT, noon)
    assert len(rows) == 1 + 27 + 1
