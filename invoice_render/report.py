"""The frozen usage and cost reports that accompany a document.

Here: two models, each an allow-list for its audience: the usage report holds no amounts, the
cost report holds no keys, users or request ids. Keep out: arithmetic and databases.
"""

from datetime import date

from invoice_render.document import MeterCount
from invoice_render.frozen import Frozen, Number

SCHEMA_VERSION = 1


class UsageRow(Frozen):
    """Usage of one model, project, key or day; tokens are of all billed and unbilled requests."""

    label: str
    requests: int
    requests_billed: int
    input_tokens: int
    output_tokens: int
    other_units: int


class UsageReport(Frozen):
    """What an engineering team understands at a glance. No amounts."""

    schema_version: int = SCHEMA_VERSION
    organization_id: str
    organization_name: str
    billing_month: str
    period_first_day: date
    period_last_day: date
    zone: str
    locale: str
    requests: int
    requests_billed: int
    meters: tuple[MeterCount, ...]
    outcomes: tuple[MeterCount, ...]
    by_model: tuple[UsageRow, ...]
    by_project: tuple[UsageRow, ...]
    by_key: tuple[UsageRow, ...]
    by_day: tuple[UsageRow, ...]


class CostRow(Frozen):
    """Cost of one model or project in minor units; net = contracted - discount."""

    label: str
    requests: int
    list_amount: Number
    contracted_amount: Number
    discount_amount: Number
    net_amount: Number


class CostReport(Frozen):
    """What finance understands at a glance. No keys, users or request ids."""

    schema_version: int = SCHEMA_VERSION
    organization_id: str
    organization_name: str
    billing_month: str
    period_first_day: date
    period_last_day: date
    currency: str
    minor_digits: int
    locale: str
    by_model: tuple[CostRow, ...]
    by_project: tuple[CostRow, ...]
    total: CostRow
