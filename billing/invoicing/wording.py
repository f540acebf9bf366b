"""Plain English for lines; the templates say the same in the reader's language.

Here: descriptions of invoice lines. Keep out: translations (`invoice_render/messages`).
"""

from billing.invoicing.fee_days import fee_words
from billing.invoicing.line_terms import term_words
from billing.invoicing.marts import Row

METER_NAMES = {
    "input_uncached": "input tokens",
    "cache_read": "cached input tokens",
    "cache_write_5m": "cache write tokens, 5 minutes",
    "cache_write_1h": "cache write tokens, 1 hour",
    "cache_write_unknown_ttl": "cache write tokens",
    "output_visible": "output tokens",
    "output_reasoning": "reasoning tokens",
    "input_audio": "audio input tokens",
    "input_image": "image input tokens",
    "cache_read_audio": "cached audio input tokens",
    "output_audio": "audio output tokens",
    "output_image": "image output tokens",
    "token": "tokens",
    "image": "images",
    "web_search": "web searches",
    "request": "requests",
    "video_second": "video, milliseconds",
    "audio_second": "audio, milliseconds",
    "character": "characters",
    "page": "pages",
    "generation": "generations",
    "task": "tasks",
}
"""Every meter a line can have, in the order in which lines and summaries list them."""


def describe(line: Row) -> str:
    """Say what a line charges for, in plain English."""
    if line["line_kind"] == "plan_fee":
        return f"{line['plan_name']} plan, monthly fee{fee_words(line)}"
    if line["line_kind"] == "item_fee":
        tier = f"{line['service_tier']} tier"
        return f"{line['model_name']}, {tier}, monthly fee{fee_words(line)}"
    if line["line_kind"] == "true_up":
        return "Minimum spend, difference"
    if line["line_kind"] == "plan_overage":
        model = f", {line['model_name']}" if line["model_id"] else ""
        meter = METER_NAMES[line["meter"]]
        return f"{line['plan_name']} plan{model}, {meter} beyond what is included{term_words(line)}"
    words = f"{line['model_name']}, {METER_NAMES[line['meter']]}"
    if line["line_kind"] == "adjustment":
        words = f"Adjustment of {words}, usage of {line['service_month']:%Y-%m}"
    if line["service_tier"] not in ("", "default"):
        words += f", {line['service_tier']}"
    if line["context_band"]:
        words += f", requests above {line['context_band']:,} input tokens"
    if line["region"]:
        words += f", region {line['region']}"
    if line["hours"]:
        words += ", " + f"{line['weekdays']} {line['hours']}".strip()
    return words + term_words(line)


def in_meter_order(meter: str) -> int:
    """Sort key: the place of a meter in documents."""
    return list(METER_NAMES).index(meter)
