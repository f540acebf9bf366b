"""The hours of consumption that forecasts are made from.

Here: amounts by hour as floats, since a forecast is no money and there are many of them. Keep out:
balances and every amount that is shown or compared exactly (`forecast_inputs`).
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from billing.prepaid.forecasting import DAY, HISTORY_DAYS

# What amendments moved has no key and no instant of its own. Hours are counted back from `as_of`;
# the last group is all that lies before the history that is looked at.
_HOURS = f"""
with accounts as (
    select unnest($organizations::varchar[]) as organization_id,
        unnest($as_of::timestamp[]) as as_of
),

deductions as (
    select organization_id, amount,
        least((cast(epoch(as_of - quarter_hour) as bigint) // 900 - 1) // 4,
            {HISTORY_DAYS * DAY}) as hours_ago
    from finance.fct_prepaid_deductions join accounts using (organization_id)
    where api_key_id <> '' and quarter_hour < as_of
),

hours as (
    select organization_id, hours_ago, sum(amount) as amount
    from deductions group by organization_id, hours_ago
)

select organization_id, list(hours_ago order by hours_ago),
    list(amount::double order by hours_ago)
from hours group by organization_id
"""


def hours_of(
    connection: duckdb.DuckDBPyConnection,
    organizations: Sequence[str],
    as_of: Sequence[datetime],
) -> dict[str, tuple[float, ...]]:
    """Amounts per hour of each organization that was used, the last one ending at its `as_of`.

    They begin with the hour of the first use, at most `HISTORY_DAYS` ago.
    """
    naive = [each.replace(tzinfo=None) for each in as_of]
    asked = {"organizations": list(organizations), "as_of": naive}
    found = {}
    for organization_id, ago, amounts in connection.execute(_HOURS, asked).fetchall():
        hours = [0.0] * min(ago[-1] + 1, HISTORY_DAYS * DAY)
        for hour, amount in zip(ago, amounts, strict=True):
            if hour < len(hours):
                hours[-1 - hour] = amount
        found[organization_id] = tuple(hours)
    return found
