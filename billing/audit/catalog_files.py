"""Reading the catalog's CSV files for the audit, with nothing in between.

Here: from text to the row types of `catalog_rows`, with the csv module and `Decimal`. Add a
reader when a row type is added. Keep out: validation, which `catalog check` does; a file,
column or value that cannot be read is refused by name.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

from billing.audit import catalog_rows as rows
from billing.audit import price_files as price
from billing.audit.balance_rows import balance_movement, top_up
from billing.audit.document_terms_rows import credit, spend_term
from billing.audit.exchange_files import accounts, exchange_rate, exchange_term
from billing.audit.local_time import day_of, instant_of
from billing.audit.overage_rows import plan_overage
from billing.audit.tax_rules import treatment_of
from billing.audit.volume_files import groups_of, step_of, volume_terms
from billing.errors import MeterbookError

Row = Mapping[str, str]
T = TypeVar("T")


def read_catalog_files(folder: Path) -> rows.CatalogFiles:
    """Read the catalog in `folder`. Raises MeterbookError naming file and row."""
    return rows.CatalogFiles(
        prices=_read(folder, "prices", _price),
        contracts=_read(folder, "contracts", _contract),
        contract_prices=_read(folder, "contract_prices", _contract_price),
        discounts=_read(folder, "discounts", _discount),
        profiles={row.organization_id: row for row in _profiles(folder)},
        subscriptions=_read(folder, "subscriptions", _subscription),
        items=_read(folder, "subscription_items", _item),
        plan_fees=dict(_read(folder, "plans", _plan_fee)),
        top_ups=_read(folder, "top_ups", top_up),
        tax_rates=_read(folder, "tax_rates", _tax_rate),
        treatments=dict(_read(folder, "tax_treatments", _treatment)),
        exchange_rates=_read(folder, "exchange_rates", exchange_rate),
        outcome_rules=dict(_read(folder, "outcome_rules", _outcome_rule)),
        key_payers=_read(folder, "api_keys", _key_payer),
        volume=volume_terms(
            groups_of(_read_if_there(folder, "model_groups", _group_member)),
            _read_if_there(folder, "allowances", dict),
            _read_if_there(folder, "tier_schedules", dict),
            _read_if_there(folder, "tier_steps", step_of),
        ),
        price_windows=_read_if_there(folder, "price_windows", price.price_window),
        region_uplifts=_read_if_there(folder, "region_uplifts", price.region_uplift),
        price_adjustments=_read_if_there(folder, "price_adjustments", price.price_adjustment),
        models={row.model_id: row for row in _read(folder, "models", price.model)},
        model_aliases=dict(_read(folder, "model_aliases", price.model_alias)),
        model_patterns=_read_if_there(folder, "model_patterns", price.model_pattern),
        credits=_read_if_there(folder, "credits", credit),
        spend_terms=_read_if_there(folder, "spend_terms", spend_term),
        balance_movements=_read_if_there(folder, "balance_movements", balance_movement),
        exchange_terms=_read_if_there(folder, "exchange_terms", exchange_term),
        accounts=next(iter(_read_if_there(folder, "seller", accounts)), None),
        contract_outcome_rules=dict(
            _read_if_there(folder, "contract_outcome_rules", _contract_outcome_rule)
        ),
        plan_overages=_read_if_there(folder, "plan_overages", plan_overage),
    )


def _profiles(folder: Path) -> tuple[rows.Profile, ...]:
    """Read the profiles; one without a tax treatment gets that of a rule."""
    rules: tuple[Row, ...] = ()
    seller = ""
    if (folder / "tax_rules.csv").is_file():
        rules = _read(folder, "tax_rules", dict)
        (seller,) = _read(folder, "seller", itemgetter("country"))
    return _read(folder, "billing_profiles", lambda row: _profile(row, rules, seller))


def _read(folder: Path, name: str, parse: Callable[[Row], T]) -> tuple[T, ...]:
    file = folder / f"{name}.csv"
    if not file.is_file():
        raise MeterbookError(f"{file} is missing: the audit cannot recompute. Restore the file.")
    parsed = []
    with file.open(encoding="utf-8", newline="") as handle:
        for number, row in enumerate(csv.DictReader(handle), start=1):
            try:
                parsed.append(parse(row))
            except (KeyError, ValueError, ArithmeticError, TypeError) as error:
                raise MeterbookError(
                    f"{file.name}, row {number}: the audit cannot read it ({error!r}). "
                    "Run `meterbook catalog check`."
                ) from error
    return tuple(parsed)


def _group_member(row: Row) -> tuple[str, str]:
    return row["model_group_id"], row["model_id"]


def _read_if_there(folder: Path, name: str, parse: Callable[[Row], T]) -> tuple[T, ...]:
    """Read a file that a catalog may do without."""
    return _read(folder, name, parse) if (folder / f"{name}.csv").exists() else ()


def _is_true(text: str) -> bool:
    return text.strip().lower() == "true"


def _price(row: Row) -> rows.Price:
    return rows.Price(
        row["price_id"],
        row["model_id"],
        row["meter"],
        row["service_tier"],
        int(row["context_above_tokens"] or 0),
        row["region"],
        row["currency"],
        Decimal(row["unit_price"]),
        instant_of(row["valid_from_at"]),
        instant_of(row["valid_to_at"]),
        row.get("price_window_id", ""),
    )


def _contract(row: Row) -> rows.Contract:
    return rows.Contract(
        row["contract_id"],
        row["organization_id"],
        row["price_by"],
        row["exchange_source"],
        day_of(row["valid_from_date"]),
        day_of(row["valid_to_date"]),
    )


def _contract_price(row: Row) -> rows.ContractPrice:
    return rows.ContractPrice(
        row["contract_price_id"],
        row["contract_id"],
        row["model_id"],
        row["meter"],
        row["service_tier"],
        int(row["context_above_tokens"] or 0),
        row["currency"],
        Decimal(row["unit_price"]),
        day_of(row["valid_from_date"]),
        day_of(row["valid_to_date"]),
    )


def _discount(row: Row) -> rows.Discount:
    return rows.Discount(
        row["discount_id"],
        row["contract_id"],
        int(row["priority"]),
        Decimal(row["discount_pct"]),
        row["model_id"],
        day_of(row["valid_from_date"]),
        day_of(row["valid_to_date"]),
        row.get("family", ""),
        row.get("provider", ""),
        row.get("service_tier", ""),
        row.get("meter", ""),
    )


def _profile(row: Row, rules: Sequence[Row], seller_country: str) -> rows.Profile:
    return rows.Profile(
        row["organization_id"],
        row["currency"],
        row["zone"],
        treatment_of(row, rules, seller_country),
        _is_true(row["invoice_when_empty"]),
        row.get("tax_at") or "",
    )


def _subscription(row: Row) -> rows.Subscription:
    return rows.Subscription(
        row["subscription_id"],
        row["organization_id"],
        row["kind"],
        row["plan_id"],
        day_of(row["starts_date"]),
        day_of(row["ends_date"]),
        row.get("changed_from", ""),
        _given_instant(row.get("starts_at", "")),
        _given_instant(row.get("ends_at", "")),
    )


def _given_instant(text: str) -> datetime | None:
    return instant_of(text) if text else None


def _item(row: Row) -> rows.SubscriptionItem:
    return rows.SubscriptionItem(
        row["subscription_id"],
        row["model_id"],
        row["service_tier"],
        Decimal(row["monthly_fee"]),
    )


def _plan_fee(row: Row) -> tuple[str, Decimal]:
    return row["plan_id"], Decimal(row["monthly_fee"])


def _tax_rate(row: Row) -> rows.TaxRate:
    return rows.TaxRate(
        row["country"],
        row["category"],
        Decimal(row["tax_rate"]),
        day_of(row["valid_from_date"]),
        day_of(row["valid_to_date"]),
    )


def _treatment(row: Row) -> tuple[str, rows.TaxTreatment]:
    return row["tax_treatment_id"], rows.TaxTreatment(row["category"], row["country"])


def _key_payer(row: Row) -> tuple[str, str]:
    return row["organization_id"], row["payer"]


def _outcome_rule(row: Row) -> tuple[str, rows.OutcomeRule]:
    rule = rows.OutcomeRule(_is_true(row["is_billed"]), row["not_billed_reason"])
    return row["outcome"], rule


def _contract_outcome_rule(row: Row) -> tuple[tuple[str, str], rows.OutcomeRule]:
    outcome, rule = _outcome_rule(row)
    return (row["contract_id"], outcome), rule
