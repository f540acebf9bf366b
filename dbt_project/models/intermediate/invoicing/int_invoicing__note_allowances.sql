{{ config(materialized='view') }}

-- What a credit note gives back of usage, less what its invoice never asked for: what lay above a
-- maximum, what a minimum asks for all the same, what credits covered, and the few minor units by
-- which rounded parts can come to more than the whole: half a one for each amount that was rounded.
with notes as (
    select * from {{ ref('int_invoicing__note_nets') }}
),

limits as (
    select * from {{ ref('int_invoicing__note_limits') }}
),

discounts as (
    select
        {{ document_key() }},
        count(*) as steps
    from {{ ref('int_invoicing__document_discounts') }}
    group by {{ document_key() }}
),

capped as (
    select
        {{ document_key('notes') }},
        notes.net_amount,
        limits.left_amount,
        limits.minimum_amount,
        limits.credit_amount,
        greatest(least(notes.capped_amount, limits.maximum_amount), 0) as above_amount,
        {{ from_units(
            '(limits.notes + 2) * (coalesce(discounts.steps, 0) + 1) // 2', 'minor_units.digits'
        ) }} as slack_amount
    from notes
    inner join limits using ({{ document_key() }})
    inner join {{ source('catalog', 'minor_unit') }} as minor_units using (currency)
    left join discounts using ({{ document_key() }})
),

excess as (
    select
        *,
        greatest(
            net_amount - above_amount - greatest(left_amount - minimum_amount, 0), 0
        ) as excess_amount
    from capped
),

owed as (
    select
        *,
        least(excess_amount, minimum_amount, greatest(left_amount, 0)) as owed_amount
    from excess
),

covered as (
    select
        *,
        least(excess_amount - owed_amount, credit_amount) as covered_amount
    from owed
),

allowances as (
    {%- for place, kind, name, amount in [
        (1, 'maximum', 'Maximum spend', 'above_amount'),
        (2, 'minimum', 'Minimum spend', 'owed_amount'),
        (3, 'credited', 'Covered by credits', 'covered_amount'),
        (4, 'rounding', 'Rounding', 'excess_amount - owed_amount - covered_amount'),
    ] %}
    select
        {{ document_key() }},
        {{ place }} as place,
        '{{ kind }}' as allowance_kind,
        '{{ name }}' as allowance_name,
        {{ amount }} as allowance_amount,
        slack_amount
    from covered
    {{- "\n    union all" if not loop.last }}
    {%- endfor %}
),

final as (
    select
        {{ document_key() }},
        place,
        allowance_kind,
        allowance_kind as allowance_id,
        allowance_name,
        cast(allowance_amount as decimal(28, 3)) as allowance_amount
    from allowances
    where
        allowance_amount > 0
        and (allowance_kind <> 'rounding' or allowance_amount <= slack_amount)
)

select * from final
