"""The business terms of EN 16931, by the numbers the norm gives them; no syntax.

Here: what an electronic invoice says, as frozen values: text without control characters, amounts
with the decimals of their currency. Add a term when a profile prints it. Keep out: where terms
come from (`semantics`), what a profile demands (`profiles`) and how a syntax writes them.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

INVOICE, CREDIT_NOTE = "380", "381"
"""BT-3: codes of UNTDID 1001. An invoice of a top-up is a commercial invoice, too."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """BT-34 or BT-49: an electronic address with its scheme of the EAS list."""

    id: str
    scheme: str


@dataclass(frozen=True, slots=True)
class Trader:
    """BG-4 or BG-7: seller or buyer. `tax_number` (BT-32) is a seller's only."""

    id: str
    name: str
    street: str
    city: str
    postal_code: str
    region: str
    country: str
    vat_id: str
    tax_number: str
    contact_name: str
    phone: str
    email: str
    endpoint: Endpoint | None

    @property
    def has_contact(self) -> bool:
        """Whether BG-6 or BG-9 says anything."""
        return bool(self.contact_name or self.phone or self.email)


@dataclass(frozen=True, slots=True)
class Preceding:
    """BG-3: the invoice that a credit note corrects."""

    number: str
    issue_date: date | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """BG-15: where to, named for supplies within the EU only: it decides their tax."""

    city: str
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """BG-17: the account to pay to."""

    iban: str
    account_name: str
    bic: str


@dataclass(frozen=True, slots=True)
class Payment:
    """BG-16: `means` of UNTDID 4461, `reference` is the remittance information (BT-83)."""

    means: str
    reference: str
    transfer: Transfer | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """BG-20; `base_amount` and `percent` are both there or both absent."""

    reason: str
    amount: Decimal
    base_amount: Decimal | None
    percent: Decimal | None
    tax_category: str
    tax_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Tax:
    """BG-23: one line of the VAT breakdown; outside the scope of VAT there is no rate."""

    category: str
    percent: Decimal | None
    taxable_amount: Decimal
    tax_amount: Decimal
    exemption_code: str
    exemption_reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """BG-25: `amount` is quantity x price / base_quantity, and rounding added or taken off.

    `rounding` is the allowance (BG-27) or charge (BG-28) that explains a whole amount.
    """

    number: int
    name: str
    item_id: str
    quantity: int
    price: Decimal
    base_quantity: int
    amount: Decimal
    period_start: date
    period_end: date
    tax_category: str
    tax_percent: Decimal | None
    rounding: Decimal | None
    is_charge: bool


@dataclass(frozen=True, slots=True)
class Sums:
    """BG-22; `allowances` (BT-107) is None without any, `prepaid` (BT-113) without any."""

    lines: Decimal
    allowances: Decimal | None
    taxable: Decimal
    tax: Decimal
    total: Decimal
    prepaid: Decimal | None
    amount_due: Decimal


@dataclass(frozen=True, slots=True)
class AccountingTax:
    """BT-6 and BT-111: the tax in the currency of the seller's accounts."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class EInvoice:
    """One electronic invoice or credit note.

    `process` is BT-23, `customization` BT-24, `tax_point` BT-7, `terms` BT-20.
    """

    process: str
    customization: str
    number: str
    issue_date: date
    due_date: date | None
    type_code: str
    currency: str
    notes: tuple[str, ...]
    tax_point: date | None
    buyer_reference: str
    order_number: str
    period_start: date
    period_end: date
    preceding: Preceding | None
    seller: Trader
    buyer: Trader
    payment: Payment | None
    terms: str
    delivery: Delivery | None
    allowances: tuple[Allowance, ...]
    taxes: tuple[Tax, ...]
    accounting: AccountingTax | None
    sums: Sums
    items: tuple[Item, ...]

    @property
    def is_credit_note(self) -> bool:
        """Whether it gives back instead of asking."""
        return self.type_code == CREDIT_NOTE
