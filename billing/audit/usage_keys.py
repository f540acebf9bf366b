"""Whether usage keys say rightly who pays, for which model, and why not.

Here: the fate and the models of each usage key a month uses, checked against the outcome rules,
those of the contract in force, its terms and the names of models. Add here when another attribute
decides fate. Keep out: validity of keys and subscriptions, which is decided per request and
cannot be seen in a usage key.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import duckdb

from billing.audit.catalog_rows import CatalogFiles, OutcomeRule
from billing.audit.findings import Finding
from billing.audit.local_time import midnight
from billing.audit.model_names import ModelNames
from billing.audit.terms import Terms
from billing.audit.windows import Window

_USED_KEYS = """
with contracts as (
    select unnest(?::varchar[]) as organization_id, unnest(?::varchar[]) as contract_id,
           unnest(?::timestamp[]) as starts_at, unnest(?::timestamp[]) as ends_at
),
used as (
    select usage_key_id, min(quarter_hour) as first_used, max(quarter_hour) as last_used
    from intermediate.int_usage__quarter_hours
    where quarter_hour >= ? and quarter_hour < ? group by usage_key_id
)
select distinct keys.organization_id, keys.payer, keys.requested_model_id,
       keys.answered_model_id, keys.billed_model_id, keys.outcome, keys.is_byok,
       keys.not_billed_reason, kinds.requested_model, kinds.answered_model,
       coalesce(contracts.contract_id, '')
from used
inner join intermediate.dim_usage_key as keys on used.usage_key_id = keys.usage_key_id
inner join intermediate.int_usage__request_kinds as kinds
    on keys.usage_key_id % 1048576 = kinds.request_kind_id
left join contracts
    on keys.organization_id = contracts.organization_id
    and contracts.starts_at <= used.last_used and used.first_used < contracts.ends_at
where keys.organization_id in (select unnest(?::varchar[]))
order by all
"""
_BYOK = OutcomeRule(is_billed=False, not_billed_reason="byok")


class UsedKey(NamedTuple):
    """What of a usage key decides its fate."""

    organization_id: str
    payer: str
    requested_model_id: str
    answered_model_id: str
    billed_model_id: str
    outcome: str
    is_byok: bool
    not_billed_reason: str
    requested_model: str
    answered_model: str
    contract_id: str


def check_usage_keys(
    connection: duckdb.DuckDBPyConnection,
    files: CatalogFiles,
    terms: Mapping[str, Terms],
    windows: Sequence[Window],
    month: date,
) -> Iterator[Finding]:
    """Yield a finding for each key whose reason or billed model no rule explains."""
    names = ModelNames(files)
    bounds = [min(row.starts_at for row in windows), max(row.ends_at for row in windows)]
    organizations = sorted({window.organization_id for window in windows})
    parameters = [*_contracts(terms, organizations), *bounds, organizations]
    for row in connection.execute(_USED_KEYS, parameters).fetchall():
        key = UsedKey(*row)
        reasons = _reasons(files, key)
        if key.not_billed_reason not in reasons:
            yield _finding(key, month, ("not_billed_reason", reasons, key.not_billed_reason))
        for what, name, found in (
            ("requested_model", key.requested_model, key.requested_model_id),
            ("answered_model", key.answered_model, key.answered_model_id),
        ):
            if found != names.model_of(name):
                yield _finding(key, month, (what, [names.model_of(name)], found))
        models = _billed_models(terms.get(key.organization_id), key)
        if key.billed_model_id not in models:
            yield _finding(key, month, ("billed_model", models, key.billed_model_id))


def _contracts(terms: Mapping[str, Terms], organizations: Sequence[str]) -> list[list[object]]:
    """Return owners, ids, starts and ends of the contracts: a usage key does not name its own."""
    rows: list[tuple[object, ...]] = []
    for organization in organizations:
        zone = terms[organization].profile.zone
        rows += [
            (
                organization,
                row.contract_id,
                midnight(row.valid_from, zone),
                midnight(row.valid_to, zone),
            )
            for row in terms[organization].contracts
        ]
    return [[row[place] for row in rows] for place in range(4)]


def _reasons(files: CatalogFiles, key: UsedKey) -> list[str]:
    rule = files.contract_outcome_rules.get(
        (key.contract_id, key.outcome), files.outcome_rules.get(key.outcome)
    )
    if rule is None:
        return ["a rule in outcome_rules.csv"]
    if not rule.is_billed:
        return [rule.not_billed_reason]
    own_key = files.contract_outcome_rules.get((key.contract_id, "byok"), _BYOK)
    if key.is_byok and not own_key.is_billed:
        return [own_key.not_billed_reason]
    if key.payer == "subscription":
        return ["included_in_subscription", "subscription_inactive", "key_not_valid"]
    return ["", "key_not_valid"]


def _billed_models(terms: Terms | None, key: UsedKey) -> list[str]:
    by = {row.price_by for row in terms.contracts} if terms else set()
    answered = key.answered_model_id or key.requested_model_id
    models = {key.requested_model_id if price_by == "requested" else answered for price_by in by}
    return sorted(models or {answered})


def _finding(key: UsedKey, month: date, difference: tuple[str, list[str], str]) -> Finding:
    name, expected, actual = difference
    wanted = " or ".join(repr(value) for value in expected)
    subject = f"{key.answered_model_id}, outcome {key.outcome}: {name}"
    return Finding(
        key.organization_id,
        month,
        "usage_keys",
        subject,
        wanted,
        repr(actual),
        f"{key.organization_id}, {subject} should be {wanted}, the rollup says {actual!r}",
    )
