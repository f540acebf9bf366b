with lines as (
    select
        {{ document_key() }},
        tax_category,
        tax_rate,
        currency,
        cast(sum(line_amount) as decimal(28, 3)) as gross_amount
    from {{ ref('fct_invoice_lines') }}
    where billing_month = {{ billing_month() }}
    group by {{ document_key() }}, tax_category, tax_rate, currency
),

discounts as (
    select
        {{ document_key() }},
        tax_category,
        tax_rate,
        cast(sum(discount_amount) as decimal(28, 3)) as discount_amount
    from {{ ref('fct_invoice_discounts') }}
    where billing_month = {{ billing_month() }}
    group by {{ document_key() }}, tax_category, tax_rate
),

exemptions as (
    select * from {{ source('catalog', 'tax_rate_of_month') }}
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

minor_units as (
    select * from {{ source('catalog', 'minor_unit') }}
),

taxable as (
    select
        lines.*,
        cast(coalesce(discounts.discount_amount, 0) as decimal(28, 3)) as discount_amount,
        cast(
            lines.gross_amount
            - cast(coalesce(discounts.discount_amount, 0) as decimal(28, 3)) as decimal(28, 3)
        ) as taxable_amount
    from lines
    left join discounts
        using ({{ document_key() }}, tax_category, tax_rate)
),

corrected as (
    select * from {{ source('books', 'corrected_tax') }}
    where billing_month = {{ billing_month() }}
),

-- The tax of a credit note is what the tax of its invoice falls by.
taxed as (
    select
        taxable.*,
        minor_units.digits,
        case
            when corrected.tax_left_amount is null
                then {{ tax_of('taxable.taxable_amount', 'taxable.tax_rate') }}
            else
                {{ units('corrected.tax_left_amount', 'minor_units.digits') }}
                - {{ tax_of(
                    'cast(corrected.taxable_left_amount - taxable.taxable_amount as decimal(28, 3))',
                    'taxable.tax_rate'
                ) }}
        end as tax_units
    from taxable
    inner join minor_units on taxable.currency = minor_units.currency
    left join corrected
        using ({{ document_key() }}, tax_category, tax_rate)
),

final as (
    select
        {{ document_key('taxed') }},
        taxed.tax_category,
        taxed.tax_rate,
        taxed.gross_amount,
        taxed.discount_amount,
        taxed.taxable_amount,
        {{ from_units('taxed.tax_units', 'taxed.digits') }} as tax_amount,
        coalesce(exemptions.exemption_code, '') as exemption_code,
        coalesce(exemptions.exemption_reason, '') as exemption_reason,
        taxed.currency
    from taxed
    inner join profiles on taxed.organization_id = profiles.organization_id
    left join exemptions
        on
            exemptions.tax_treatment_id
            = {{ treatment_of_usage('taxed.payment_mode', 'profiles') }}
            and taxed.tax_category = exemptions.category
            and taxed.billing_month = exemptions.service_month
)

select * from final
