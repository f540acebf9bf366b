{{ config(materialized='view') }}

-- Fixed allowances of each document in the order they are taken: of an invoice credits, then the
-- maximum; of a credit note what its invoice never asked for.
with nets as (
    select
        {{ document_key() }},
        cast(sum(net_amount) as decimal(28, 3)) as net_amount
    from {{ ref('int_invoicing__group_nets') }}
    where billing_month = {{ billing_month() }} and corrects_month = billing_month
    group by {{ document_key() }}
),

credits as (
    select * from {{ ref('int_invoicing__credit_allowances') }}
),

credited as (
    select
        {{ document_key() }},
        cast(sum(used_amount) as decimal(28, 3)) as used_amount
    from credits
    group by {{ document_key() }}
),

maxima as (
    select * from {{ ref('int_invoicing__spend_targets') }}
    where term_kind = 'maximum'
),

above as (
    select
        {{ document_key('nets') }},
        maxima.spend_term_id,
        cast(
            nets.net_amount
            - cast(coalesce(credited.used_amount, 0) as decimal(28, 3))
            - maxima.target_amount as decimal(28, 3)
        ) as above_amount
    from nets
    left join credited using ({{ document_key() }})
    inner join maxima on nets.organization_id = maxima.organization_id
    where nets.payment_mode = 'enterprise'
),

allowances as (
    select
        {{ document_key() }},
        place,
        credit_kind as allowance_kind,
        credit_id as allowance_id,
        credit_name as allowance_name,
        used_amount as allowance_amount
    from credits
    union all
    select
        {{ document_key() }},
        2147483647 as place,
        'maximum' as allowance_kind,
        spend_term_id as allowance_id,
        'Maximum spend' as allowance_name,
        above_amount as allowance_amount
    from above
    where above_amount > 0
    union all
    select * from {{ ref('int_invoicing__note_allowances') }}
),

final as (
    select
        {{ document_key() }},
        cast(row_number() over (
            partition by {{ document_key() }} order by place
        ) as integer) as step,
        allowance_kind,
        allowance_id,
        allowance_name,
        cast(allowance_amount as decimal(28, 3)) as allowance_amount
    from allowances
)

select * from final
