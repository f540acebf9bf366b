"""The frozen document: what left, or is about to leave, the house.

Here: the one already-rounded model that feeds every form. Every field may be shown to the
customer: this is the allow-list. Bump `SCHEMA_VERSION` when a field changes its meaning or
goes away. Keep out: arithmetic, internal names, costs of providers.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from pydantic import SerializerFunctionWrapHandler, model_serializer

from invoice_render.conversion import Accounting, Exchange
from invoice_render.frozen import Frozen, Number
from invoice_render.party import Party
from invoice_render.prepaid import Balance, TopUp

SCHEMA_VERSION = 1
CreditKind = Literal["coupon", "promotional", "service"]
FixedKind = Literal["maximum", "minimum", "credited", "rounding"]
CREDITS = frozenset(get_args(CreditKind))


class PaymentTerms(Frozen):
    """How and until when to pay. `due_date` is None where a balance paid: nothing is payable."""

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
    """Gross cost of one model before document discounts; the rows add up to the subtotal.

    Kind `true_up` is no model but what a minimum spend still asks for.
    """

    kind: Literal["model", "true_up"] = "model"
    model_id: str
    display_name: str
    requests: int
    tokens: int
    other_units: int
    amount: Number


class LineTerm(Frozen):
    """Why a line is free, which step of which tiers prices it, or what a plan has to do with it.

    Of kind `days` a fee is for `used_quantity` of the `up_to_quantity` days of its period; of kind
    `included` a plan includes `up_to_quantity` of the `used_quantity` of a period. Else quantities
    count over the service month; `up_to_quantity` is None for the last step.
    `used_quantity` is else the usage on the line where whole packages are charged.
    """

    kind: Literal["free", "graduated", "volume", "package", "days", "included"]
    name: str
    step: int = 0
    above_quantity: int = 0
    up_to_quantity: int | None = None
    used_quantity: int | None = None


class Line(Frozen):
    """One line: `amount` is quantity x unit_price / base_quantity within rounding.

    `unit_price` is per `base_quantity` units. `service_month` is `YYYY-MM`; the period's days
    are inclusive, in the organization's zone. `net_amount` is exact, after percent discounts.
    `region` raises the list price, `hours` and `weekdays` (`mon` to `sun`, none for every day)
    are those that the price holds in, `off_pct` is what the contract takes off the list price.
    """

    number: int
    kind: Literal[
        "usage", "plan_fee", "plan_overage", "item_fee", "adjustment", "true_up", "top_up"
    ]
    description: str
    service_month: str
    period_first_day: date
    period_last_day: date
    model_id: str = ""
    model_name: str = ""
    meter: str = ""
    service_tier: str = ""
    context_above_tokens: int = 0
    region: str = ""
    hours: str = ""
    weekdays: str = ""
    off_pct: Number = Decimal(0)
    quantity: int
    unit_price: Number
    base_quantity: int
    amount: Number
    net_amount: Number | None = None
    tax_category: str
    tax_rate: Number
    term: LineTerm | None = None


class Allowance(Frozen):
    """One discount in one tax group; positive, subtracted.

    Of kind `percent`, `amount` is base_amount x pct. Any other kind is a share of a fixed
    amount: its pct is 0, and base_amount is what was left of the group. On a credit note they
    are what its invoice never asked for: above a maximum, below a minimum, covered by credits.
    """

    number: int
    kind: Literal["percent"] | CreditKind | FixedKind = "percent"
    name: str
    pct: Number
    base_amount: Number
    amount: Number
    tax_category: str
    tax_rate: Number


class Credit(Frozen):
    """What the document used of one credit: an allowance, or a payment after tax.

    Left is what later documents can use: available - used, or nothing of what is granted anew
    each month. `last_day` is inclusive, None when it never expires.
    """

    kind: Literal["coupon", "promotional", "service", "purchased", "committed"]
    name: str
    repeats: Literal["once", "monthly"]
    available: Number
    used: Number
    left: Number
    last_day: date | None = None


class TaxGroup(Frozen):
    """One (category, rate): taxable = gross - discount; tax = round(taxable x rate).

    The tax of a credit note is what the tax of its invoice falls by.
    """

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


class Document(Frozen):
    """An invoice, statement or credit note (positive, of `corrects_*`); a draft has no number.

    What tells of a top-up is a kind of its own: its invoice, or where usage of a balance is taxed
    its receipt. `forms` names the forms its buyer gets beside page, paper and tables; none is what
    all got before there was a choice. `top_up` and `forms` are written only where there are any:
    all others stay the bytes they were.
    """

    schema_version: int = SCHEMA_VERSION
    kind: Literal["invoice", "statement", "credit_note", "top_up_invoice", "top_up_receipt"]
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
    credits: tuple[Credit, ...] = ()
    taxes: tuple[TaxGroup, ...]
    totals: Totals
    balance: Balance | None = None
    exchange: Exchange | None = None
    accounting: Accounting | None = None
    notes: tuple[str, ...] = ()
    corrects_month: str = ""
    corrects_number: str = ""
    corrects_issue_date: date | None = None
    top_up: TopUp | None = None
    forms: tuple[str, ...] = ()

    @property
    def is_usage_of_balance(self) -> bool:
        """Whether it is of what usage took from a prepaid balance, or gives back to it."""
        return self.payment_mode == "prepaid" and self.top_up is None

    @property
    def asks_for_transfer(self) -> bool:
        """Whether its buyer has to transfer something; not where anything else paid all of it."""
        return self.kind == "invoice" and not (self.is_usage_of_balance or self.has_nothing_due)

    @property
    def has_nothing_due(self) -> bool:
        """Whether it is an invoice to be paid by transfer of which nothing is left to pay."""
        is_own = self.kind == "invoice" and not self.is_usage_of_balance
        return is_own and self.totals.amount_due <= 0

    @model_serializer(mode="wrap")
    def _without_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = write(self)
        for name in ("top_up", "forms"):
            if not getattr(self, name):
                data.pop(name, None)
        return data
