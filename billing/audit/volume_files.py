"""Reading allowances and tier schedules from the catalog's CSV files for the audit.

Here: model_groups.csv, allowances.csv, tier_schedules.csv and tier_steps.csv; each may be
absent. Keep out: validation, which `catalog check` does.
"""

from collections.abc import Mapping
from decimal import Decimal

from billing.audit.local_time import day_of
from billing.audit.volume_terms import Allowance, TierSchedule, TierStep, VolumeTerms

Row = Mapping[str, str]
Groups = Mapping[str, frozenset[str]]


def groups_of(pairs: tuple[tuple[str, str], ...]) -> Groups:
    """Collect the models of each group."""
    groups: dict[str, set[str]] = {}
    for group, model in pairs:
        groups.setdefault(group, set()).add(model)
    return {group: frozenset(models) for group, models in groups.items()}


def volume_terms(
    groups: Groups,
    allowances: tuple[Row, ...],
    schedules: tuple[Row, ...],
    steps: tuple[tuple[str, TierStep], ...],
) -> VolumeTerms:
    """Put the rows of the four files together."""
    by_schedule: dict[str, list[TierStep]] = {}
    for schedule, step in steps:
        by_schedule.setdefault(schedule, []).append(step)
    ordered = {
        schedule: tuple(sorted(own, key=lambda step: step.above))
        for schedule, own in by_schedule.items()
    }
    return VolumeTerms(
        [_allowance(row, groups) for row in allowances],
        [_schedule(row, groups, ordered[row["tier_schedule_id"]]) for row in schedules],
    )


def step_of(row: Row) -> tuple[str, TierStep]:
    """Read one row of tier_steps.csv."""
    step = TierStep(int(row["above_quantity"]), Decimal(row["unit_price"]))
    return row["tier_schedule_id"], step


def models_of(model_id: str, group_id: str, groups: Groups) -> frozenset[str] | None:
    """Return the models that a term names, None for all."""
    if model_id:
        return frozenset({model_id})
    return groups[group_id] if group_id else None


def _allowance(row: Row, groups: Groups) -> Allowance:
    return Allowance(
        row["allowance_id"],
        row["contract_id"],
        row["meter"],
        models_of(row["model_id"], row["model_group_id"], groups),
        int(row["quantity"]),
        day_of(row["valid_from_date"]),
        day_of(row["valid_to_date"]),
    )


def _schedule(row: Row, groups: Groups, steps: tuple[TierStep, ...]) -> TierSchedule:
    return TierSchedule(
        row["tier_schedule_id"],
        row["contract_id"],
        row["kind"],
        row["meter"],
        models_of(row["model_id"], row["model_group_id"], groups),
        row["currency"],
        int(row["package_size"] or 1),
        steps,
        day_of(row["valid_from_date"]),
        day_of(row["valid_to_date"]),
    )
