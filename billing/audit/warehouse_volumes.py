"""One organization's allowances and tier schedules as the warehouse holds them.

Here: the row types of `volume_terms`, read from the warehouse for explaining. Keep out: the
second engine, which reads the files themselves.
"""

import duckdb

from billing.audit.volume_files import groups_of, models_of
from billing.audit.volume_terms import Allowance, TierSchedule, TierStep, VolumeTerms

_ALLOWANCES = """
select allowance_id, contract_id, meter, model_id, model_group_id, quantity, valid_from_date,
       valid_to_date
from catalog.allowances where organization_id = ? order by allowance_id
"""
_SCHEDULES = """
select tier_schedule_id, contract_id, kind, meter, model_id, model_group_id, currency,
       package_size, valid_from_date, valid_to_date
from catalog.tier_schedules where organization_id = ? order by tier_schedule_id
"""
_GROUPS = "select model_group_id, model_id from catalog.model_groups"
_STEPS = """
select steps.tier_schedule_id, steps.above_quantity, steps.unit_price
from catalog.tier_steps as steps
inner join catalog.tier_schedules as schedules
    on steps.tier_schedule_id = schedules.tier_schedule_id
where schedules.organization_id = ? order by steps.tier_schedule_id, steps.above_quantity
"""


def read_volume_terms(connection: duckdb.DuckDBPyConnection, organization_id: str) -> VolumeTerms:
    """Read an organization's allowances and tier schedules."""
    allowances = connection.execute(_ALLOWANCES, [organization_id]).fetchall()
    schedules = connection.execute(_SCHEDULES, [organization_id]).fetchall()
    groups = groups_of(tuple(connection.execute(_GROUPS).fetchall()))
    steps: dict[str, list[TierStep]] = {}
    for schedule, above, unit_price in connection.execute(_STEPS, [organization_id]).fetchall():
        steps.setdefault(schedule, []).append(TierStep(above, unit_price))
    return VolumeTerms(
        [
            Allowance(row[0], row[1], row[2], models_of(row[3], row[4], groups), *row[5:])
            for row in allowances
        ],
        [
            TierSchedule(
                row[0],
                row[1],
                row[2],
                row[3],
                models_of(row[4], row[5], groups),
                row[6],
                row[7] or 1,
                tuple(steps[row[0]]),
                *row[8:],
            )
            for row in schedules
        ],
    )
