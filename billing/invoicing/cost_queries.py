"""What documents cost by model and project, each credit note apart from its month.

Here: the SQL that takes what credit notes give back out of the month's marts and shows it on its
own. Keep out: the other queries (`marts`) and shaping.
"""

INPUT = (
    "input_uncached_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens"
    " + cache_write_unknown_ttl_tokens"
)
IS_TOKENS = "meter like 'input%' or meter like 'cache%' or meter like 'output%'"
OUTPUT = "output_visible_tokens + output_reasoning_tokens"
AMOUNTS = ("list_amount", "contracted_amount", "discount_amount")
CREDITED = """
    from intermediate.int_rating__charges
    where billing_month = $month and corrects_month < billing_month
"""
"""What credit notes give back: charges below zero, shown as what they were on the invoice."""
GIVEN_BACK = ", ".join(f"cast(-sum({name}) as decimal(38, 12)) as {name}" for name in AMOUNTS)
SUMMED = ", ".join(f"sum({name}) as {name}" for name in AMOUNTS)
WITHOUT_NOTES = ", ".join(
    f"cast(costs.{name} + coalesce(credited.{name}, 0) as decimal(38, 12)) as {name}"
    for name in AMOUNTS
)

COSTS = f"""
    with credited as (
        select organization_id, corrects_month, model_id,
            cast(-sum(case when {IS_TOKENS} then quantity else 0 end) as bigint) as tokens,
            cast(-sum(case when {IS_TOKENS} then 0 else quantity end) as bigint)
                as other_units,
            {GIVEN_BACK}
        {CREDITED} group by organization_id, corrects_month, model_id
    ),
    all_notes as (
        select organization_id, model_id, sum(tokens) as tokens, sum(other_units) as other_units,
            {SUMMED}
        from credited group by organization_id, model_id
    ),
    costs as (
        select costs.organization_id, costs.billing_month as corrects_month, costs.model_id,
            costs.requests,
            cast({INPUT} + {OUTPUT} + coalesce(credited.tokens, 0) as bigint) as tokens,
            cast(costs.other_units + coalesce(credited.other_units, 0) as bigint)
                as other_units,
            {WITHOUT_NOTES}
        from finance.cost_monthly as costs
        left join all_notes as credited
            on costs.organization_id = credited.organization_id
            and costs.model_id = credited.model_id
        where costs.billing_month = $month
        union all by name
        select *, 0 as requests from credited
    )
    select costs.*, coalesce(models.display_name, costs.model_id) as label
    from costs left join catalog.models on costs.model_id = models.model_id
    order by costs.organization_id, costs.corrects_month desc, costs.model_id
"""
PROJECT_COSTS = f"""
    with credited as (
        select organization_id, corrects_month, project_id, {GIVEN_BACK}
        {CREDITED} group by organization_id, corrects_month, project_id
    ),
    all_notes as (
        select organization_id, project_id, {SUMMED}
        from credited group by organization_id, project_id
    ),
    summed as (
        select organization_id, project_id, cast(sum(requests) as bigint) as requests,
            {SUMMED}
        from finance.cost_by_project where billing_month = $month
        group by organization_id, project_id
    ),
    costs as (
        select costs.organization_id, cast($month as date) as corrects_month,
            costs.project_id, costs.requests, {WITHOUT_NOTES}
        from summed as costs
        left join all_notes as credited
            on costs.organization_id = credited.organization_id
            and costs.project_id = credited.project_id
        union all by name
        select *, 0 as requests from credited
    )
    select costs.*, projects.name as label
    from costs inner join catalog.projects on costs.project_id = projects.project_id
    order by costs.organization_id, costs.corrects_month desc, costs.project_id
"""
METERS = f"""
    with credited as (
        select organization_id, meter, cast(-sum(quantity) as bigint) as quantity
        {CREDITED} group by organization_id, meter
    )
    select counts.organization_id, counts.meter, counts.billed,
        cast(counts.billed + counts.not_billed + coalesce(credited.quantity, 0) as bigint)
            as quantity
    from finance.reconciliation as counts
    left join credited
        on counts.organization_id = credited.organization_id
        and counts.meter = credited.meter
    where counts.billing_month = $month
    order by counts.organization_id, counts.meter
"""
