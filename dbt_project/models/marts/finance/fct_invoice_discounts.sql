with line_discounts as (
    select * from {{ ref('int_invoicing__line_discounts') }}
    where billing_month = {{ billing_month() }}
),

discounts as (
    select * from {{ ref('int_invoicing__document_discounts') }}
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

allowances as (
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

final as (
    select
        {{ document_key('allowances') }},
        cast(row_number() over (
            partition by {{ document_key('allowances') }}
            order by allowances.step asc, allowances.tax_category asc, allowances.tax_rate desc
        ) as integer) as allowance_number,
        discounts.discount_id,
        discounts.discount_name,
        discounts.discount_pct,
        allowances.tax_category,
        allowances.tax_rate,
        allowances.base_amount,
        allowances.discount_amount,
        profiles.currency
    from allowances
    inner join discounts
        on
            allowances.organization_id = discounts.organization_id
            and allowances.billing_month = discounts.billing_month
            and allowances.payment_mode = discounts.payment_mode
            and allowances.corrects_month = discounts.corrects_month
            and allowances.step = discounts.step
    inner join profiles on allowances.organization_id = profiles.organization_id
    where allowances.discount_amount <> 0
)

select * from final
