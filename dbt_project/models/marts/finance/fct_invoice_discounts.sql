with line_discounts as (
    select * from {{ ref('int_invoicing__line_discounts') }}
    where billing_month = {{ billing_month() }}
),

discounts as (
    select * from {{ ref('int_invoicing__document_discounts') }}
),

shares as (
    select * from {{ ref('int_invoicing__allowance_shares') }}
    where billing_month = {{ billing_month() }}
),

fixed_allowances as (
    select * from {{ ref('int_invoicing__fixed_allowances') }}
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

percent_of_groups as (
    select
        {{ document_key() }},
        step,
        tax_category,
        tax_rate,
        cast(sum(base_amount) as decimal(28, 3)) as base_amount,
        cast(sum(discount_amount) as decimal(28, 3)) as discount_amount
    from line_discounts
    group by {{ document_key() }}, step, tax_category, tax_rate
),

allowances as (
    select
        percent_of_groups.*,
        'percent' as discount_kind,
        discounts.discount_id,
        discounts.discount_name,
        discounts.discount_pct
    from percent_of_groups
    inner join discounts using ({{ document_key() }}, step)
    union all by name
    select
        shares.*,
        fixed_allowances.allowance_kind as discount_kind,
        fixed_allowances.allowance_id as discount_id,
        fixed_allowances.allowance_name as discount_name,
        cast(0 as decimal(9, 6)) as discount_pct
    from shares
    inner join fixed_allowances using ({{ document_key() }}, step)
),

final as (
    select
        {{ document_key('allowances') }},
        cast(row_number() over (
            partition by {{ document_key('allowances') }}
            order by
                case allowances.discount_kind when 'percent' then 1 else 2 end,
                allowances.step asc, allowances.tax_category asc, allowances.tax_rate desc
        ) as integer) as allowance_number,
        allowances.discount_kind,
        allowances.discount_id,
        allowances.discount_name,
        allowances.discount_pct,
        allowances.tax_category,
        allowances.tax_rate,
        allowances.base_amount,
        allowances.discount_amount,
        profiles.currency
    from allowances
    inner join profiles on allowances.organization_id = profiles.organization_id
    where allowances.discount_amount <> 0
)

select * from final
