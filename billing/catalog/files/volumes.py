"""What depends on how much of a meter is used in a month: allowances and tier schedules.

Here: the contracts of model_groups.csv, allowances.csv, tier_schedules.csv and tier_steps.csv.
Quantities are in the meter's smallest unit and count per service month; days are local days of
the organization, the end day is exclusive. Keep out: prices that do not depend on quantity.
"""

from billing.catalog import columns as c
from billing.catalog import known
from billing.catalog.files.contract import CatalogFile, Window

KINDS = ("graduated", "volume", "package")

MODEL_GROUPS = CatalogFile(
    name="model_groups",
    columns={"model_group_id": c.identifier(), "model_id": c.identifier()},
    key=("model_group_id", "model_id"),
    references={"model_id": ("models", "model_id")},
    may_be_absent=True,
)

ALLOWANCES = CatalogFile(
    name="allowances",
    columns={
        "allowance_id": c.identifier(),
        "contract_id": c.identifier(),
        "name": c.text(),
        "meter": c.one_of(known.METERS),
        "model_id": c.identifier(required=False),
        "model_group_id": c.identifier(required=False),
        "quantity": c.count(),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("allowance_id",),
    references={
        "contract_id": ("contracts", "contract_id"),
        "model_id": ("models", "model_id"),
        "model_group_id": ("model_groups", "model_group_id"),
    },
    window=Window("valid_from_date", "valid_to_date"),
    may_be_absent=True,
)

TIER_SCHEDULES = CatalogFile(
    name="tier_schedules",
    columns={
        "tier_schedule_id": c.identifier(),
        "contract_id": c.identifier(),
        "name": c.text(),
        "kind": c.one_of(KINDS),
        "meter": c.one_of(known.METERS),
        "model_id": c.identifier(required=False),
        "model_group_id": c.identifier(required=False),
        "currency": c.currency(),
        "package_size": c.count(required=False),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("tier_schedule_id",),
    references={
        "contract_id": ("contracts", "contract_id"),
        "model_id": ("models", "model_id"),
        "model_group_id": ("model_groups", "model_group_id"),
    },
    window=Window("valid_from_date", "valid_to_date"),
    may_be_absent=True,
)

TIER_STEPS = CatalogFile(
    name="tier_steps",
    columns={
        "tier_schedule_id": c.identifier(),
        "above_quantity": c.count(),
        "unit_price": c.decimal(c.UNIT_PRICE),
    },
    key=("tier_schedule_id", "above_quantity"),
    references={"tier_schedule_id": ("tier_schedules", "tier_schedule_id")},
    may_be_absent=True,
)

FILES = (MODEL_GROUPS, ALLOWANCES, TIER_SCHEDULES, TIER_STEPS)
