with documents as (
    select * from {{ ref('int_invoicing__documents') }}
),

taxes as (
    select
        {{ document_key() }},
        cast(sum(discount_amount) as decimal(28, 3)) as discount_amount,
        cast(sum(taxable_amount) as decimal(28, 3)) as taxable_amount,
        cast(sum(tax_amount) as decimal(28, 3)) as tax_amount
    from {{ ref('fct_invoice_taxes') }}
    where billing_month = {{ billing_month() }}
    group by {{ document_key() }}
),

payments as (
    select
        {{ document_key() }},
        cast(sum(used_amount) as decimal(28, 3)) as paid_amount
    from {{ ref('int_invoicing__payments') }}
    group by {{ document_key() }}
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

minor_units as (
    select * from {{ source('catalog', 'minor_unit') }}
),

watermarks as (
    select * from {{ source('books', 'month_watermark') }}
    where billing_month = {{ billing_month() }}
),

totals as (
    select
        documents.*,
        cast(coalesce(taxes.discount_amount, 0) as decimal(28, 3)) as discount_amount,
        cast(coalesce(taxes.taxable_amount, 0) as decimal(28, 3)) as taxable_amount,
        cast(coalesce(taxes.tax_amount, 0) as decimal(28, 3)) as tax_amount,
        cast(coalesce(payments.paid_amount, 0) as decimal(28, 3)) as paid_amount
    from documents
    left join payments using ({{ document_key() }})
    left join taxes
        on
            documents.organization_id = taxes.organization_id
            and documents.payment_mode = taxes.payment_mode
            and documents.corrects_month = taxes.corrects_month
),

final as (
    select
        {{ document_key('totals') }},
        profiles.currency,
        cast(minor_units.digits as integer) as minor_digits,
        totals.subtotal_amount,
        totals.discount_amount,
        totals.taxable_amount,
        totals.tax_amount,
        cast(totals.taxable_amount + totals.tax_amount as decimal(28, 3)) as total_amount,
        cast(
            case
                when totals.payment_mode = 'prepaid' then cast(0 as decimal(28, 3))
                else cast(
                    totals.taxable_amount + totals.tax_amount - totals.paid_amount
                    as decimal(28, 3)
                )
            end as decimal(28, 3)
        ) as amount_due,
        totals.exact_net_amount,
        cast(
            cast(totals.taxable_amount as decimal(38, 12)) - totals.exact_net_amount
            as decimal(38, 12)
        ) as rounding_amount,
        cast(watermarks.watermark as integer) as watermark,
        totals.period_first_date,
        totals.period_last_date
    from totals
    inner join profiles on totals.organization_id = profiles.organization_id
    inner join minor_units on profiles.currency = minor_units.currency
    left join watermarks on totals.organization_id = watermarks.organization_id
)

select * from final
