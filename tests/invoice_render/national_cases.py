"""Documents that have a national form: their sellers, buyers, rates and currencies.

Here: small ones, with valid check digits. Keep out: expectations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from invoice_render.conversion import Accounting
from invoice_render.document import Document, Line
from tests.invoice_render.assembly import Discount, rounded
from tests.invoice_render.documents import document_of
from tests.invoice_render.heads import PAYMENT
from tests.invoice_render.lines import MODELS, fee_line, usage_lines
from tests.invoice_render.people import DENKI, LUMEN, SELLER

TOKYO = SELLER.model_copy(
    update={
        "legal_name": "エニーイント株式会社",
        "street": "神田錦町三丁目21番地",
        "city": "東京都千代田区",
        "postal_code": "101-0054",
        "country": "JP",
        "vat_id": "",
        "tax_number": "T4690852136926",
        "endpoint_id": "",
        "endpoint_scheme": "",
    }
)
PARTNER = Discount("値引き", Decimal("0.125"))


@dataclass(frozen=True)
class Home:
    """What documents of one country have in common."""

    form: str
    rate: str
    list_rate: str
    digits: int
    head: dict[str, Any]


JAPAN = Home(
    form="japan-qualified",
    rate="0.10",
    list_rate="151.82713",
    digits=0,
    head={
        "seller": TOKYO,
        "buyer": DENKI,
        "currency": "JPY",
        "locale": "ja_JP",
        "zone": "Asia/Tokyo",
    },
)

ORCHARD = SELLER.model_copy(
    update={
        "legal_name": "AnyInt Asia Pte. Ltd.",
        "street": "1 Raffles Place, #20-01",
        "city": "Singapore",
        "postal_code": "048616",
        "country": "SG",
        "vat_id": "",
        "tax_number": "M90373010A",
        "endpoint_id": "",
        "endpoint_scheme": "",
    }
)
MERLION = DENKI.model_copy(
    update={
        "party_id": "org_merlion",
        "legal_name": "Merlion Data Pte. Ltd.",
        "street": "10 Anson Road, #12-08",
        "city": "Singapore",
        "postal_code": "079903",
        "country": "SG",
    }
)
SINGAPORE = Home(
    form="singapore-tax-invoice",
    rate="0.09",
    list_rate="1.30",
    digits=2,
    head={
        "seller": ORCHARD,
        "buyer": MERLION,
        "currency": "SGD",
        "locale": "en_SG",
        "zone": "Asia/Singapore",
    },
)

PUDONG = SELLER.model_copy(
    update={
        "legal_name": "安因特信息技术有限公司",
        "street": "世纪大道100号",
        "city": "上海市",
        "postal_code": "200120",
        "country": "CN",
        "vat_id": "",
        "tax_number": "91310115MA1K000016",
        "phone": "+86 21 5550 1200",
        "endpoint_id": "",
        "endpoint_scheme": "",
    }
)
HUANGPU = LUMEN.model_copy(update={"tax_number": "91310101MA1FP0002P"})
CHINA = Home(
    form="china-vat-special",
    rate="0.06",
    list_rate="7.10",
    digits=2,
    head={
        "seller": PUDONG,
        "buyer": HUANGPU,
        "currency": "CNY",
        "locale": "zh_Hans_CN",
        "zone": "Asia/Shanghai",
    },
)


def lines_at(home: Home, models: int = 2) -> list[Line]:
    """Usage at the country's ordinary rate."""
    tax = ("S", home.rate)
    return usage_lines(home.list_rate, home.digits, tax, models=MODELS[:models])


def invoice_of(
    home: Home,
    lines: Sequence[Line] = (),
    discounts: Sequence[Discount] = (PARTNER,),
    **fields: Any,
) -> Document:
    """An invoice with the form of its country."""
    parts = {**home.head, "forms": (home.form,), **fields}
    return document_of(lines or lines_at(home), discounts, digits=home.digits, **parts)


def note_of(home: Home, lines: Sequence[Line] = (), **fields: Any) -> Document:
    """A credit note on the country's invoice."""
    note = {
        "kind": "credit_note",
        "number": "CN-2026-000009",
        "status": "settled",
        "billing_month": "2026-11",
        "payment": PAYMENT.model_copy(update={"due_date": None, "reference": "CN-2026-000009"}),
        "corrects_month": "2026-10",
        "corrects_number": "INV-2026-000001",
        "corrects_issue_date": date(2026, 11, 4),
    }
    return invoice_of(home, lines, **{**note, **fields})


def with_accounts(document: Document, currency: str, rate: str) -> Document:
    """The document with its sums in the seller's accounts, net and tax rounded each."""
    net, tax = (
        rounded(each * Decimal(rate), 2) for each in (document.totals.taxable, document.totals.tax)
    )
    accounts = Accounting(
        currency=currency,
        minor_digits=2,
        rate=Decimal(rate),
        rate_date=date(2026, 10, 30),
        source="ECB",
        net=net,
        tax=tax,
        total=net + tax,
    )
    return document.model_copy(update={"accounting": accounts})


def two_rates(home: Home, second: str, fee: str) -> Document:
    """Usage at the ordinary rate and a fee at another."""
    usage = lines_at(home)
    return invoice_of(home, [*usage, fee_line(len(usage) + 1, ("", "Team"), fee, ("S", second))])
