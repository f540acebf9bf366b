"""Why a row cannot be accepted: every reason, in the order in which they are looked for.

Here: one `Check` per fault and field. The first that applies names the row's reason. Add a
check here and a row in docs of the reasons. Keep out: what a format calls its fields
(`formats.py`) and faults that show only beside other rows (`duplicates.py`).
"""

from dataclasses import dataclass

from billing.ingestion.canonical import COUNT_FIELDS, KINDS
from billing.ingestion.keys import is_owner
from billing.ingestion.tables import INPUT_METERS, OUTPUT_METERS

EARLIEST_COMPLETION = "2020-01-01"
FUTURE_TOLERANCE = "1 day"
# Every sum over a billion rows still fits 64 bits.
LARGEST_COUNT = 10_000_000_000
LARGEST_STATUS = 999


@dataclass(frozen=True)
class Check:
    """One fault: when the SQL `condition` holds, the row is quarantined.

    `field` is the canonical field at fault and `detail` the SQL for its text as it was given.
    """

    reason: str
    field: str
    condition: str
    detail: str
    remedy: str


UNREADABLE_ROW = Check(
    "unreadable_row",
    "",
    "is_unreadable",
    "'holds no field of its format, or a part that cannot be parsed'",
    "Compare the row with the format's description and deliver a corrected file.",
)
CONFLICT = Check(
    "conflicting_content",
    "native_id",
    "false",
    "native_id_text",
    "Two requests share one id. Find out at the gateway which one happened.",
)
_KEY_REMEDY = "Add the key to api_keys.csv or correct the gateway's configuration."
_CLOCK_REMEDY = "Correct the clock or the time format of the gateway and deliver the row again."
_COUNT_REMEDY = "A count is a whole number from 0 on. Deliver the row with the count as it was."
_TOTAL_REMEDY = "Total and parts disagree. Deliver the row with the counts as they were."


def _time_checks(name: str) -> tuple[Check, ...]:
    text = f"{name}_text"
    is_unread = f"{text} is not null and {name}_instant is null"
    return (
        Check(
            "time_without_zone",
            name,
            f"{is_unread} and try_cast({text} as timestamp) is not null",
            text,
            "Write times with their zone, like 2026-10-01T00:00:00Z.",
        ),
        Check("unreadable_time", name, is_unread, text, _CLOCK_REMEDY),
    )


def _count_check(name: str) -> Check:
    condition = f"{name}_text is not null and {name}_count is null"
    return Check("bad_count", name, condition, f"{name}_text", _COUNT_REMEDY)


def _total_check(total: str, parts: tuple[str, ...]) -> tuple[Check, ...]:
    added = f"{total}_added"
    detail = f"'parts {', '.join(parts)} add up to ' || {added} || ', total is ' || {total}_given"
    return (
        Check(
            "part_larger_than_whole",
            total,
            f"{added} > {total}_given",
            detail,
            _TOTAL_REMEDY,
        ),
        Check("total_mismatch", total, f"{added} < {total}_given", detail, _TOTAL_REMEDY),
    )


CHECKS = (
    UNREADABLE_ROW,
    CONFLICT,
    Check(
        "missing_id",
        "native_id",
        "native_id_text is null",
        "''",
        "A row without the id of its request cannot be told from its copies. Log the id.",
    ),
    Check(
        "unknown_kind",
        "kind",
        f"kind_text not in {KINDS}",
        "kind_text",
        f"The kinds are {', '.join(KINDS)}; leave rows of other kinds out.",
    ),
    Check(
        "missing_time",
        "completed_at",
        "completed_at_text is null",
        "''",
        "Without its completion a request belongs to no month. Log the time.",
    ),
    *_time_checks("completed_at"),
    Check(
        "time_out_of_range",
        "completed_at",
        "completed_at is null",
        "completed_at_text",
        _CLOCK_REMEDY,
    ),
    Check("unknown_key", "key", "known_key is null", "coalesce(key_text, '')", _KEY_REMEDY),
    Check(
        "key_of_another_organization",
        "organization_id",
        f"not is_owner and not {is_owner('key_text', 'organization_id_text', 'null')}",
        "organization_id_text",
        _KEY_REMEDY,
    ),
    Check(
        "key_of_another_project",
        "project_id",
        "not is_owner",
        "project_id_text",
        _KEY_REMEDY,
    ),
    Check(
        "missing_model",
        "answered_model",
        "coalesce(answered_model_text, requested_model_text) is null",
        "''",
        "Log which model was asked or answered.",
    ),
    Check(
        "unknown_outcome",
        "outcome",
        "known_outcome is null",
        "coalesce(outcome_text, '')",
        "Write one of the outcomes of docs/formats.md; ask the gateway to map its own.",
    ),
    *(_count_check(name) for name in COUNT_FIELDS),
    Check(
        "bad_count",
        "other_meters",
        "other_meters_fault is not null",
        "other_meters_fault",
        _COUNT_REMEDY,
    ),
    Check(
        "part_larger_than_whole",
        "cache_write_total",
        "cache_write_unknown_ttl_part < 0",
        "'cache writes by lifetime exceed their total by ' || -cache_write_unknown_ttl_part",
        _TOTAL_REMEDY,
    ),
    *_total_check("input_total", INPUT_METERS),
    *_total_check("output_total", OUTPUT_METERS),
    *_time_checks("started_at"),
    Check(
        "bad_value",
        "is_byok",
        "is_byok_text is not null and try_cast(is_byok_text as boolean) is null",
        "is_byok_text",
        "Write true or false.",
    ),
    Check(
        "bad_value",
        "usage_quality",
        "usage_quality_text not in ('reported', 'estimated', 'missing') and not "
        "regexp_full_match(usage_quality_text, '(reported|estimated|missing)(:[a-z_,]+)?')",
        "usage_quality_text",
        "Write reported, estimated or missing.",
    ),
    Check(
        "bad_value",
        "source_cost_usd",
        "source_cost_usd_text is not null and source_cost_usd is null",
        "source_cost_usd_text",
        "Write the cost as a plain number of US dollars.",
    ),
)


def number_of(check: Check) -> int:
    """The number under which a staged row carries this fault; 0 is never used."""
    return CHECKS.index(check) + 1
