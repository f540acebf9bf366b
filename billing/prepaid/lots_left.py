"""The lots of balances as they were left at an instant, in the order they are drawn on.

Here: lots of the last month that was built, as of an instant within it or its end, and what came
in since. Keep out: walking usage through lots, which
the warehouse does, and what a command may take (`remaining`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import duckdb

from billing.prepaid.acts import ACTS

ENDED = """
select organization_id, billing_month, expires_at,
    cast(expired_amount + drawn_amount - exact_drawn_amount as decimal(38, 12)) as amount
from finance.prepaid_lots where expired_amount <> 0
"""
"""What lots lost at their ends, exact, in the months that were built."""
_LOTS = f"""
with accounts as (
    select unnest($organizations::varchar[]) as organization_id,
        unnest($instants::timestamp[]) as instant, unnest($month_ends::timestamp[]) as month_ends_at
),

built as (
    select * from finance.prepaid_lots where lot_id <> ''
    qualify billing_month = max(billing_month) over (partition by organization_id)
)

select organization_id, lot_kind, expires_at, occurred_at,
    cast(remaining_amount + case when expires_at > instant then expired_amount else 0 end
        as decimal(38, 12))
from built inner join accounts using (organization_id)
where occurred_at <= $now
union all
select organization_id, lot_kind, expires_at, occurred_at, cast(amount as decimal(38, 12))
from ({ACTS}) as acts inner join accounts using (organization_id)
where occurred_at >= month_ends_at and occurred_at <= $now and lot_kind <> ''
"""
_ENDS_LATER = f"""
with accounts as (
    select unnest($organizations::varchar[]) as organization_id,
        unnest($instants::timestamp[]) as instant
)

select organization_id, cast(sum(amount) as decimal(38, 12))
from ({ENDED}) as ended inner join accounts using (organization_id)
inner join (
    select organization_id, max(billing_month) as billing_month from finance.prepaid_lots
    group by organization_id
) as built using (organization_id, billing_month)
where expires_at > instant
group by organization_id
"""
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Lot:
    """What is left of a lot, in minor units, and up to when it can be used."""

    amount: Decimal
    expires_at: datetime | None


def lots_left(
    connection: duckdb.DuckDBPyConnection,
    organizations: Sequence[str],
    instants: Sequence[datetime],
    month_ends: Sequence[datetime],
    now: datetime,
) -> dict[str, list[Lot]]:
    """The lots of each organization as of its instant, those that are drawn on first before others.

    `month_ends` are the ends of the last months that were built; what came in since is counted,
    what is dated after `now` is not.
    """
    asked = {
        "organizations": list(organizations),
        "instants": [naive(each) for each in instants],
        "month_ends": [naive(each) for each in month_ends],
        "now": naive(now),
    }
    found: dict[str, list[tuple[bool, datetime, datetime, Lot]]] = {}
    for name, kind, ends, came, amount in connection.execute(_LOTS, asked).fetchall():
        expires_at = ends and ends.replace(tzinfo=UTC)
        place = (kind != "promotional", expires_at or _NEVER, came.replace(tzinfo=UTC))
        if amount > 0:
            found.setdefault(name, []).append((*place, Lot(amount, expires_at)))
    return {
        name: [lot for *_, lot in sorted(lots, key=lambda each: each[:3])]
        for name, lots in found.items()
    }


def ends_later(
    connection: duckdb.DuckDBPyConnection,
    organizations: Sequence[str],
    instants: Sequence[datetime],
) -> dict[str, Decimal]:
    """What balances of the last built months have lost to ends that lie after an instant, exact."""
    asked = {"organizations": list(organizations), "instants": [naive(each) for each in instants]}
    return dict(connection.execute(_ENDS_LATER, asked).fetchall())


def naive(instant: datetime) -> datetime:
    """An instant as the warehouse keeps it, in UTC without saying so."""
    return instant.astimezone(UTC).replace(tzinfo=None)
