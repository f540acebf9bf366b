"""Taxes, exchange rates and accounts of an explanation in plain words.

Here: how the rows behind them read. Keep out: any arithmetic.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from billing.audit.percents import percent

Part = Mapping[str, Any]
INDENT = "    "
ALL_DIGITS = 12


def tax_text(explanation: Part, currency: str) -> Iterator[str]:
    """Yield the tax groups, the treatment with the rule that chose it, and the rates."""
    yield from (_tax(row, currency) for row in explanation["taxes"])
    treatment = explanation.get("tax_treatment")
    if treatment is not None:
        yield f"Tax treatment {treatment['tax_treatment_id']}: {_chosen(treatment)}"
    for row in explanation.get("tax_rates", ()):
        until = f" until {row['valid_to_date']}" if row["valid_to_date"] else ""
        yield (
            f"Tax rate {row['tax_rate_id']}: {percent(row['tax_rate'])} of category "
            f"{row['category']} in {row['country']}, valid from {row['valid_from_date']}{until}, "
            f"from {row['source']}"
        )


def exchange_text(explanation: Part) -> Iterator[str]:
    """Yield the rate of the document's prices and each tax group's sums in the accounts."""
    exchange = explanation.get("exchange")
    if exchange is not None:
        is_daily = exchange.get("date_rule") == "daily"
        name = "Exchange rate of the last day used" if is_daily else "Exchange rate"
        yield (
            f"{name}: 1 {exchange['base_currency']} = {exchange['rate']} "
            f"{exchange['quote_currency']}, published by {exchange['source']} on "
            f"{exchange['rate_date']}"
        )
    for row in explanation.get("accounting", ()):
        if row["accounting_currency"] != row["currency"]:
            yield (
                f"In the seller's accounts, tax {row['category']} {percent(row['rate'])}: net "
                f"{row['accounting_net_amount']} + tax {row['accounting_tax_amount']} = "
                f"{row['accounting_total_amount']} {row['accounting_currency']} at "
                f"{row['exchange_rate']}, {row['exchange_source']} of {row['exchange_rate_date']}"
            )


def conversion_text(line: Part) -> Iterator[str]:
    """Yield the rule by which the prices of a usage line were converted, where they were."""
    contract = line.get("contract")
    is_converted = any(
        {row["price_currency"], row["agreed_currency"]} != {row["currency"]}
        for row in line["charges"]
    )
    if contract is None or not is_converted:
        return
    day = "each day of usage" if contract["date_rule"] == "daily" else "the month's last day"
    age, digits = contract["max_age_days"], contract["price_digits"]
    limit = "of any age" if age is None else f"at most {age} days old"
    rounding = "" if digits == ALL_DIGITS else f", prices rounded to {digits} decimals"
    yield (
        f"{INDENT}Converted at the last rate of {contract['exchange_source']} up to {day}, "
        f"{limit}{rounding} ({contract['date_rule']} of {contract['contract_id']})"
    )


def _tax(row: Part, currency: str) -> str:
    return (
        f"Tax {row['category']} {percent(row['rate'])}: lines {row['gross_amount']} - discounts "
        f"{row['discount_amount']} = taxable {row['taxable_amount']}, tax {row['tax_amount']} "
        f"{currency}"
    )


def _chosen(row: Part) -> str:
    if not row["tax_rule_id"]:
        return "named by the billing profile"
    conditions = {
        "seller in": row["seller_country"],
        "buyer in": row["buyer_area"],
        "buyer a": row["buyer_status"],
        "VAT id": row["buyer_vat_id"],
    }
    said = ", ".join(f"{name} {value}" for name, value in conditions.items() if value)
    return (
        f"chosen by rule {row['tax_rule_id']} of tax_rules.csv, precedence {row['precedence']} "
        f"({said or 'any sale'})"
    )
