"""Lines of the examples.

Here: models with their prices, usage lines and fees. Keep out: sums (`assembly`).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from invoice_render.document import Line
from tests.invoice_render.assembly import rounded

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
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


def usage_lines(
    currency_rate: str,
    digits: int,
    tax: tuple[str, str],
    *,
    models: Sequence[tuple[str, str, str, str]] = MODELS,
) -> list[Line]:
    """Six lines per model: input, cached input and output at two tiers; amounts rounded."""
    lines: list[Line] = []
    for place, (model_id, name, *prices) in enumerate(models, start=1):
        for meter, tier, price in _tariff(*prices):
            number = len(lines) + 1
            quantity = 9_181_733 * place // (7 if tier == "batch" else 1) + 4_711 * number
            unit_price = rounded(price * Decimal(currency_rate), 6)
            changes = {
                "unit_price": unit_price,
                "amount": rounded(quantity * unit_price / 1_000_000, digits),
                "tax_category": tax[0],
                "tax_rate": Decimal(tax[1]),
            }
            line = usage_line(number, model_id, name, meter, quantity)
            lines.append(line.model_copy(update={**changes, "service_tier": tier}))
    return lines


def usage_line(number: int, model_id: str, name: str, meter: str, quantity: int) -> Line:
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
        service_tier="default",
        quantity=quantity,
        unit_price=Decimal(0),
        base_quantity=1_000_000,
        amount=Decimal(0),
        tax_category="S",
        tax_rate=Decimal("0.19"),
    )


def fee_line(number: int, model: tuple[str, str], fee: str, tax: tuple[str, str]) -> Line:
    """The fee of a model, or of a plan when the model has no id, for one anniversary month."""
    model_id, name = model
    return Line(
        number=number,
        kind="item_fee" if model_id else "plan_fee",
        description=f"{name}, monthly fee",
        service_month="2026-10",
        period_first_day=date(2026, 10, 9),
        period_last_day=date(2026, 11, 8),
        model_id=model_id,
        model_name=name,
        quantity=1,
        unit_price=Decimal(fee),
        base_quantity=1,
        amount=Decimal(fee),
        tax_category=tax[0],
        tax_rate=Decimal(tax[1]),
    )


def _tariff(price_in: str, price_out: str) -> Iterator[tuple[str, str, Decimal]]:
    prices = (
        ("input_uncached", Decimal(price_in)),
        ("cache_read", Decimal(price_in) / 10),
        ("output_visible", Decimal(price_out)),
    )
    for tier, parts in (("default", 1), ("batch", 2)):
        for meter, price in prices:
            yield meter, tier, price / parts
