"""The frozen document: what left, or is about to leave, the house.

Here: the one already-rounded model that feeds every form. Every field may be shown to the
customer: this is the allow-list. Bump `SCHEMA_VERSION` when a field changes its meaning or
goes away. Keep out: arithmetic, internal names, costs of providers.
"""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

SCHEMA_VERSION = 1


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _refuse_floats(number: object) -> object:
    if isinstance(number, float):
        raise ValueError("money is a decimal or its text, never a float")  # noqa: TRY004
    return number


Number = Annotated[
    Decimal, BeforeValidator(_refuse_floats), PlainSerializer(_plain, return_type=str)
]
"""A decimal that never was a float and is written as a plain string without an exponent."""


class Frozen(BaseModel):
    """Immutable, and nothing beside the named fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def frozen_bytes(self) -> bytes:
        """Canonical JSON (sorted keys, UTF-8, one trailing newline): what is hashed."""
        data = self.model_dump(mode="json")
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return (text + "\n").encode()


class Party(Frozen):
    """Seller or buyer as printed. `endpoint_*` is the electronic address with its scheme."""

    party_id: str
    legal_name: str
    street: str
    city: str
    postal_code: str
    region: str = ""
    country: str
    vat_id: str = ""
    tax_number: str = ""
    email: str = ""
    phone: str = ""
    contact_name: str = ""
    website: str = ""
    endpoint_id: str = ""
    endpoint_scheme: str = ""


class PaymentTerms(Frozen):
    """How and until when to pay. `due_date` is None for statements: nothing is payable."""

    due_date: date | None
    payment_days: int
    account_name: str = ""
    iban: str = ""
    bic: str = ""
    bank_name: str = ""
    reference: str = ""


class MeterCount(Frozen):
    """A quantity of one meter, in its smallest unit."""

    meter: str
    quantity: int


class UsageSummary(Frozen):
    """Requests and meters of the billing month, billed and not billed."""

    requests: int
    requests_billed: int
    not_billed: tuple[MeterCount, ...]
    meters: tuple[MeterCount, ...]


class ModelCost(Frozen):
    """Gross cost of one model before document discounts; the rows add up to the subtotal."""

    model_id: str
    display_name: str
    requests: int
    tokens: int
    other_units: int
    amount: Number


class LineTerm(Frozen):
    """Why a line is free, or which step of which tiers prices it.

    Quantities count over the service month; `up_to_quantity` is None for the last step.
    `used_quantity` is the usage on the line where whole packages are charged.
    """

    kind: Literal["free", "graduated", "volume", "package"]
    name: str
    step: int = 0
    above_quantity: int = 0
    up_to_quantity: int | None = None
    used_quantity: int | None = None


class Line(Frozen):
    """One line: `amount` is quantity x unit_price / base_quantity within rounding.

    `unit_price` is per `base_quantity` units. `service_month` is `YYYY-MM`; the period's days
    are inclusive, in the organization's zone.
    """

    number: int
    kind: Literal["usage", "plan_fee", "item_fee"]
    description: str
    service_month: str
    period_first_day: date
    period_last_day: date
    model_id: str = ""
    model_name: str = ""
    meter: str = ""
    service_tier: str = ""
    context_above_tokens: int = 0
    quantity: int
    unit_price: Number
    base_quantity: int
    amount: Number
    tax_category: str
    tax_rate: Number
    term: LineTerm | None = None


class Allowance(Frozen):
    """One discount in one tax group; `amount` is base_amount x pct, positive, subtracted."""

    number: int
    name: str
    pct: Number
    base_amount: Number
    amount: Number
    tax_category: str
    tax_rate: Number


class TaxGroup(Frozen):
    """One (category, rate): taxable = gross - discount; tax = round(taxable x rate)."""

    category: str
    rate: Number
    gross_amount: Number
    discount_amount: Number
    taxable_amount: Number
    tax_amount: Number
    exemption_code: str = ""
    exemption_reason: str = ""


class Totals(Frozen):
    """`subtotal` is the sum of lines; total = subtotal - discount + tax."""

    subtotal: Number
    discount: Number
    taxable: Number
    tax: Number
    total: Number
    prepaid: Number
    amount_due: Number


class BalanceEntry(Frozen):
    """One movement of a prepaid balance; `amount` is signed."""

    day: date
    kind: Literal["top_up", "consumption"]
    reference: str = ""
    amount: Number


class Balance(Frozen):
    """A prepaid statement: opening + entries = closing, exactly, in minor units."""

    opening: Number
    entries: tuple[BalanceEntry, ...]
    closing: Number


class Exchange(Frozen):
    """The rate that turned list prices into the document's currency."""

    base_currency: str
    quote_currency: str
    rate: Number
    rate_date: date
    source: str


class Document(Frozen):
    """One invoice or statement. Drafts have an empty number and no issue date."""

    schema_version: int = SCHEMA_VERSION
    kind: Literal["invoice", "statement", "credit_note"]
    payment_mode: Literal["enterprise", "subscription", "prepaid"]
    number: str
    issued_at: datetime | None
    issue_date: date | None
    billing_month: str
    period_first_day: date
    period_last_day: date
    zone: str
    currency: str
    minor_digits: int
    locale: str
    seller: Party
    buyer: Party
    buyer_reference: str = ""
    order_number: str = ""
    payment: PaymentTerms
    status: Literal["draft", "open", "settled"]
    summary: UsageSummary
    models: tuple[ModelCost, ...]
    lines: tuple[Line, ...]
    allowances: tuple[Allowance, ...]
    taxes: tuple[TaxGroup, ...]
    totals: Totals
    balance: Balance | None = None
    exchange: Exchange | None = None
    notes: tuple[str, ...] = ()


def digest(frozen: bytes) -> str:
    """SHA-256 of a frozen document, in hexadecimal."""
    return hashlib.sha256(frozen).hexdigest()
