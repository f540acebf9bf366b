"""Which usage keys, at which times and from which files, a usage line was priced from.

Here: applying the price rules again to the keys of the line's model, meter and tier. Add here
when a line depends on another attribute of a key. Keep out: following the keys to requests
(`traced_usage`) and words.
"""

from dataclasses import dataclass

import duckdb

from billing.audit.local_time import day_of, instant_of
from billing.audit.plain_rows import PlainRow
from billing.audit.price_book import Wanted
from billing.audit.pricing import Gap, PriceFinder
from billing.audit.sliced_rollup import SlicedRollup
from billing.audit.terms import Slice, slices_of
from billing.audit.volume_trace import counted_slices, is_counted
from billing.audit.warehouse_catalog import read_price_book, read_terms
from billing.audit.windows import windows_of

PAYER_OF_MODE = {"enterprise": "contract", "prepaid": "balance"}
_KEYS = """
select usage_key_id, region, context_band from intermediate.dim_usage_key as keys
where organization_id = $organization and payer = $payer and billed_model_id = $model
and service_tier = $tier and not_billed_reason = ''
and exists (
    select 1 from intermediate.int_rating__charges as charges
    where charges.organization_id = keys.organization_id and charges.payer = keys.payer
    and charges.project_id = keys.project_id and charges.region = keys.region
    and charges.model_id = keys.billed_model_id and charges.service_tier = keys.service_tier
    and charges.meter = $meter and charges.billing_month = $month
    and charges.terms_from_at = $terms and charges.corrects_month = $corrects
)
order by usage_key_id
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One usage key during one stretch of time: all of it is on the line.

    `is_shared` usage may have parts on other lines, where an allowance or tiers split it.
    """

    usage_key_id: int
    slice: Slice
    is_shared: bool = False


def sources_of(connection: duckdb.DuckDBPyConnection, line: PlainRow) -> list[Source]:
    """Return what of the rollup is on a usage line, given as a row of `fct_invoice_lines`."""
    terms = read_terms(connection, line["organization_id"])
    what = (line["model_id"], line["meter"], line["service_tier"])
    book = read_price_book(connection, *what)
    zones = {line["organization_id"]: terms.profile.zone}
    windows = windows_of(connection, zones, day_of(line["billing_month"]))
    slices = [
        slice_
        for window in windows
        for slice_ in slices_of(window, terms.cuts(window), book.instants)
        if slice_.stretch.starts_at == instant_of(line["terms_from_at"])
    ]
    is_shared = is_counted(terms, slices, line)
    if is_shared:
        slices = counted_slices(SlicedRollup(connection, slices, book.clock), terms, book, line)
    finder = PriceFinder(terms, book)
    keys = connection.execute(
        _KEYS,
        {
            "organization": line["organization_id"],
            "payer": PAYER_OF_MODE[line["payment_mode"]],
            "model": line["model_id"],
            "tier": line["service_tier"],
            "meter": line["meter"],
            "month": day_of(line["billing_month"]),
            "terms": instant_of(line["terms_from_at"]),
            "corrects": day_of(line["corrects_month"]),
        },
    ).fetchall()
    return [
        Source(usage_key_id, Slice(slice_.window, slice_.stretch, starts_at, ends_at), is_shared)
        for slice_ in slices
        for starts_at, ends_at, windows_open in book.clock.pieces(slice_.starts_at, slice_.ends_at)
        for usage_key_id, region, context_band in keys
        if _is_on(line, finder, slice_, Wanted(*what, region, context_band, windows_open))
    ]


def _is_on(line: PlainRow, finder: PriceFinder, slice_: Slice, wanted: Wanted) -> bool:
    if not line["price_id"] and not line["contract_price_id"]:
        return True
    rows = finder.rows(slice_.starts_at, wanted)
    if isinstance(rows, Gap):
        return False
    if line["allowance_id"] or line["tier_schedule_id"]:
        rows = rows._replace(uplift=None, adjustment=None)
    is_raised = rows.uplift is not None and rows.uplift.pct and rows.agreed is None
    found = (
        rows.listed.price_id if rows.listed else "",
        rows.agreed.contract_price_id if rows.agreed else "",
        rows.uplift.uplift_id if rows.uplift and is_raised else "",
        rows.adjustment.adjustment_id if rows.adjustment else "",
    )
    names = ("price_id", "contract_price_id", "uplift_id", "adjustment_id")
    return found == tuple(line[name] or "" for name in names)
