"""Example documents of every way of paying, with sums that hold.

Here: one factory per kind of customer. Keep out: the law of the sums (`assembly`).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from invoice_render.document import (
    Balance,
    BalanceEntry,
    Document,
    Exchange,
    Line,
    MeterCount,
    Party,
    PaymentTerms,
    UsageSummary,
)
from tests.invoice_render.assembly import Discount, rounded, sums_of

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
ISSUED_AT = datetime(2026, 11, 4, 8, 30, tzinfo=UTC)
MODELS = (
    ("gpt-5", "GPT-5", "1.25", "10"),
    ("gpt-5-mini", "GPT-5 mini", "0.25", "2"),
    ("gpt-5-nano", "GPT-5 nano", "0.05", "0.4"),
    ("gpt-4.1", "GPT-4.1", "2", "8"),
    ("claude-sonnet-4-5", "Claude Sonnet 4.5", "3", "15"),
    ("claude-haiku-4-5", "Claude Haiku 4.5", "1", "5"),
    ("claude-opus-4-5", "Claude Opus 4.5", "5", "25"),
    ("gemini-2.5-pro", "Gemini 2.5 Pro", "1.25", "10"),
    ("gemini-2.5-flash", "Gemini 2.5 Flash", "0.3", "2.5"),
    ("deepseek-chat", "DeepSeek Chat", "0.28", "0.42"),
    ("mistral-medium", "Mistral Medium", "0.4", "2"),
    ("qwen-max", "Qwen Max", "1.6", "6.4"),
    ("glm-4.6", "GLM-4.6", "0.6", "2.2"),
)
SELLER = Party(
    party_id="anyint_eu",
    legal_name="AnyInt Europe GmbH",
    street="Chausseestraße 101",
    city="Berlin",
    postal_code="10115",
    country="DE",
    vat_id="DE136695976",
    tax_number="37/123/45678",
    contact_name="Accounts Receivable",
    phone="+49 30 5550 1200",
    email="billing@anyint.example",
    website="anyint.example",
    endpoint_id="DE136695976",
    endpoint_scheme="9930",
)
AURORA = Party(
    party_id="org_aurora",
    legal_name="Aurora Robotik GmbH",
    street="Lindenstraße 12",
    city="München",
    postal_code="80331",
    country="DE",
    vat_id="DE129273398",
    email="ap@aurora.example",
    endpoint_id="ap@aurora.example",
    endpoint_scheme="EM",
)
ETOILE = Party(
    party_id="org_etoile",
    legal_name="Étoile Média SAS",
    street="8 rue de la Paix",
    city="Paris",
    postal_code="75002",
    country="FR",
    vat_id="FR40303265045",
    endpoint_id="compta@etoile.example",
    endpoint_scheme="EM",
)
COBALT = Party(
    party_id="org_cobalt",
    legal_name="Cobalt Health, Inc.",
    street="500 Fifth Avenue, Suite 2100",
    city="New York",
    postal_code="10110",
    region="NY",
    country="US",
)
DENKI = Party(
    party_id="org_denki",
    legal_name="株式会社デンキ",
    street="丸の内1丁目9番1号",
    city="東京都千代田区",
    postal_code="100-0005",
    country="JP",
)
FJORD = Party(
    party_id="org_fjord",
    legal_name="Fjord Labs AS",
    street="Storgata 5",
    city="Oslo",
    postal_code="0155",
    country="NO",
)
LUMEN = Party(
    party_id="org_lumen",
    legal_name="流明科技有限公司",
    street="南京西路1266号",
    city="上海市",
    postal_code="200040",
    country="CN",
)


def usage_lines(
    currency_rate: str,
    digits: int,
    tax: tuple[str, str],
    *,
    models: Sequence[tuple[str, str, str, str]] = MODELS,
    scale: int = 1,
) -> list[Line]:
    """Six lines per model: input, cached input and output at two tiers; amounts rounded."""
    lines: list[Line] = []
    for place, (model_id, name, price_in, price_out) in enumerate(models, start=1):
        prices = {
            "input_uncached": Decimal(price_in),
            "cache_read": Decimal(price_in) / 10,
            "output_visible": Decimal(price_out),
        }
        for tier, factor in (("default", 1), ("batch", 7)):
            for meter, price in prices.items():
                quantity = 9_181_733 * scale * place // factor + len(lines) * 4_711
                unit_price = rounded(price / min(factor, 2) * Decimal(currency_rate), 6)
                amount = rounded(quantity * unit_price / 1_000_000, digits)
                lines.append(
                    usage_line(len(lines) + 1, model_id, name, meter, tier, quantity)
                    .model_copy(update={"unit_price": unit_price, "amount": amount})
                    .model_copy(update={"tax_category": tax[0], "tax_rate": Decimal(tax[1])})
                )
    return lines


def usage_line(number: int, model_id: str, name: str, meter: str, tier: str, quantity: int) -> Line:
    """A line of one meter without price and amount yet."""
    return Line(
        number=number,
        kind="usage",
        description=f"{name}, {meter}",
        service_month="2026-10",
        period_first_day=FIRST,
        period_last_day=LAST,
        model_id=model_id,
        model_name=name,
        meter=meter,
        service_tier=tier,
        quantity=quantity,
        unit_price=Decimal(0),
        base_quantity=1_000_000,
        amount=Decimal(0),
        tax_category="S",
        tax_rate=Decimal("0.19"),
    )


def fee_line(number: int, kind: str, description: str, fee: str, tax: tuple[str, str]) -> Line:
    """A subscription fee for one anniversary month."""
    return Line.model_validate(
        {
            "number": number,
            "kind": kind,
            "description": description,
            "service_month": "2026-10",
            "period_first_day": date(2026, 10, 9),
            "period_last_day": date(2026, 11, 8),
            "quantity": 1,
            "unit_price": Decimal(fee),
            "base_quantity": 1,
            "amount": Decimal(fee),
            "tax_category": tax[0],
            "tax_rate": Decimal(tax[1]),
        }
    )


def summary_of(lines: Iterable[Line]) -> UsageSummary:
    """Requests and meters that fit the lines."""
    meters: dict[str, int] = {}
    for line in lines:
        if line.kind == "usage":
            meters[line.meter] = meters.get(line.meter, 0) + line.quantity
    return UsageSummary(
        requests=48_213,
        requests_billed=46_900,
        not_billed=(
            MeterCount(meter="upstream_error", quantity=812),
            MeterCount(meter="rate_limited", quantity=301),
            MeterCount(meter="byok", quantity=200),
        ),
        meters=tuple(MeterCount(meter=meter, quantity=count) for meter, count in meters.items()),
    )


def document_of(
    lines: Sequence[Line],
    discounts: Sequence[Discount] = (),
    *,
    digits: int = 2,
    prepaid: Decimal = Decimal(0),
    **fields: Any,  # noqa: ANN401
) -> Document:
    """A consistent document of these lines; any other field may be given."""
    requests = {model_id: 1_201 * place for place, (model_id, *_) in enumerate(MODELS, start=1)}
    sums = sums_of(lines, discounts, digits, prepaid=prepaid, requests=requests)
    base: dict[str, Any] = {
        "kind": "invoice",
        "payment_mode": "enterprise",
        "number": "INV-2026-000001",
        "issued_at": ISSUED_AT,
        "issue_date": date(2026, 11, 4),
        "billing_month": "2026-10",
        "period_first_day": FIRST,
        "period_last_day": LAST,
        "zone": "Europe/Berlin",
        "currency": "EUR",
        "minor_digits": digits,
        "locale": "de_DE",
        "seller": SELLER,
        "buyer": AURORA,
        "buyer_reference": "AUR-4500012",
        "payment": payment_terms(),
        "status": "open",
        "summary": summary_of(lines),
        "models": sums.models,
        "lines": tuple(lines),
        "allowances": sums.allowances,
        "taxes": sums.taxes,
        "totals": sums.totals,
    }
    return Document(**{**base, **fields})


def payment_terms(days: int = 30) -> PaymentTerms:
    """Bank transfer within a payment window."""
    return PaymentTerms(
        due_date=date(2026, 12, 4),
        payment_days=days,
        account_name="AnyInt Europe GmbH",
        iban="DE89370400440532013000",
        bic="COBADEFFXXX",
        bank_name="Musterbank Berlin",
        reference="INV-2026-000001",
    )


def dollars_to(currency: str, rate: str) -> Exchange:
    """The rate that turned dollar list prices into the document's currency."""
    return Exchange(
        base_currency="USD",
        quote_currency=currency,
        rate=Decimal(rate),
        rate_date=date(2026, 10, 30),
        source="ECB",
    )


def enterprise_euro() -> Document:
    """Domestic German enterprise: 19 %, two stacked discounts, thirteen models."""
    lines = usage_lines("0.86430424", 2, ("S", "0.19"))
    discounts = (
        Discount("Partner discount", Decimal("0.10")),
        Discount("Claude Sonnet campaign", Decimal("0.20"), "claude-sonnet-4-5"),
    )
    return document_of(lines, discounts, exchange=dollars_to("EUR", "0.86430424"))


def reverse_charge() -> Document:
    """French enterprise under reverse charge."""
    return document_of(
        usage_lines("0.86430424", 2, ("AE", "0"), models=MODELS[:5]),
        number="INV-2026-000002",
        buyer=ETOILE,
        locale="fr_FR",
        zone="Europe/Paris",
        exchange=dollars_to("EUR", "0.86430424"),
    )


def out_of_scope() -> Document:
    """American enterprise, outside the scope of VAT, with credit applied after tax."""
    lines = usage_lines("1", 2, ("O", "0"), models=MODELS[:8])
    return document_of(
        lines,
        (Discount("Gemini launch", Decimal("0.15"), "gemini-2.5-pro"),),
        prepaid=Decimal("50.00"),
        number="INV-2026-000003",
        buyer=COBALT,
        currency="USD",
        locale="en_US",
        zone="America/New_York",
        order_number="PO-77821",
        notes=("Thank you for building with us.",),
    )


def japanese_yen() -> Document:
    """Japanese enterprise in whole yen."""
    return document_of(
        usage_lines("151.82713", 0, ("O", "0"), models=MODELS[:6]),
        (Discount("長期契約割引", Decimal("0.05")),),
        digits=0,
        number="INV-2026-000004",
        buyer=DENKI,
        currency="JPY",
        locale="ja_JP",
        zone="Asia/Tokyo",
        exchange=dollars_to("JPY", "151.82713000"),
    )


def prepaid_statement() -> Document:
    """Pay as you go: a statement with its balance; nothing is payable."""
    lines = usage_lines("1", 2, ("O", "0"), models=MODELS[:4])
    total = sums_of(lines, (), 2).totals.total
    entries = (
        BalanceEntry(
            day=date(2026, 10, 3), kind="top_up", reference="Card ending 4242", amount=Decimal(800)
        ),
        BalanceEntry(
            day=date(2026, 10, 21), kind="top_up", reference="Card ending 4242", amount=Decimal(250)
        ),
        BalanceEntry(day=LAST, kind="consumption", amount=-total),
    )
    opening = Decimal("212.37")
    closing = opening + sum((entry.amount for entry in entries), Decimal(0))
    return document_of(
        lines,
        prepaid=total,
        kind="statement",
        payment_mode="prepaid",
        number="ST-2026-000001",
        status="settled",
        buyer=FJORD,
        buyer_reference="",
        currency="USD",
        locale="en_GB",
        zone="Europe/Oslo",
        payment=PaymentTerms(due_date=None, payment_days=0),
        balance=Balance(opening=opening, entries=entries, closing=closing),
    )


def subscription_fees() -> Document:
    """A custom subscription bought model by model, in Chinese."""
    lines = [
        fee_line(1, "item_fee", "GPT-5 · stable", "199.00", ("O", "0")),
        fee_line(2, "item_fee", "Claude Sonnet 4.5 · enterprise", "499.00", ("O", "0")),
    ]
    return document_of(
        lines,
        payment_mode="subscription",
        number="INV-2026-000005",
        buyer=LUMEN,
        buyer_reference="LUMEN",
        currency="USD",
        locale="zh_Hans_CN",
        zone="Asia/Shanghai",
    )


def draft_of(document: Document) -> Document:
    """The same document before it was finalized."""
    changes: dict[str, Any] = {"number": "", "issued_at": None, "issue_date": None}
    return document.model_copy(
        update={
            **changes,
            "status": "draft",
            "payment": document.payment.model_copy(update={"due_date": None, "reference": ""}),
        }
    )


FACTORIES = (
    enterprise_euro,
    reverse_charge,
    out_of_scope,
    japanese_yen,
    prepaid_statement,
    subscription_fees,
)
INVOICES = tuple(factory for factory in FACTORIES if factory is not prepaid_statement)
