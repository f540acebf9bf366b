{{ config(materialized='view') }}

-- The tax of a top-up is that of the day the money came, in the zone of its organization. Where
-- usage is taxed it has none: what is paid in is receipted, in words of a statement.
with due as (
    select * from {{ source('books', 'top_up_due') }}
    where billing_month = {{ billing_month() }}
),

top_ups as (
    select
        due.organization_id,
        due.top_up_id,
        due.number,
        due.issue_date,
        top_ups.occurred_at,
        {{ local_date('top_ups.occurred_at', 'profiles.zone') }} as top_up_date,
        top_ups.reference,
        top_ups.currency,
        cast(top_ups.amount as decimal(28, 3)) as net_amount,
        case
            when {{ is_taxed_as_used('profiles') }} then 'top_up_receipt' else 'top_up_invoice'
        end as document_kind,
        {{ treatment_of_top_up('profiles') }} as tax_treatment_id
    from due
    inner join {{ source('catalog', 'top_ups') }} as top_ups on due.top_up_id = top_ups.top_up_id
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on due.organization_id = profiles.organization_id
),

-- A treatment without a country charges no tax; one whose country has no rate that day has no row,
-- and the second engine names it.
taxed as (
    select
        top_ups.*,
        treatments.category as tax_category,
        case
            when treatments.country = '' then cast(0 as decimal(9, 6))
            else cast(rates.tax_rate as decimal(9, 6))
        end as tax_rate,
        treatments.exemption_code,
        treatments.exemption_reason
    from top_ups
    inner join {{ source('catalog', 'tax_treatments') }} as treatments
        on top_ups.tax_treatment_id = treatments.tax_treatment_id
    left join {{ source('catalog', 'tax_rates') }} as rates
        on
            treatments.country = rates.country
            and treatments.category = rates.category
            and top_ups.top_up_date >= rates.valid_from_date
            and top_ups.top_up_date < rates.valid_to_date
),

final as (
    select
        taxed.organization_id,
        taxed.top_up_id,
        taxed.document_kind,
        {{ billing_month() }} as billed_month,
        taxed.occurred_at,
        taxed.top_up_date,
        taxed.reference,
        taxed.number,
        taxed.issue_date,
        taxed.currency,
        cast(minor_units.digits as integer) as minor_digits,
        taxed.tax_category,
        taxed.tax_rate,
        taxed.exemption_code,
        taxed.exemption_reason,
        taxed.net_amount,
        {{ from_units(tax_of('taxed.net_amount', 'taxed.tax_rate'), 'minor_units.digits') }}
            as tax_amount
    from taxed
    inner join {{ source('catalog', 'minor_unit') }} as minor_units
        on taxed.currency = minor_units.currency
    where taxed.tax_rate is not null
)

select * from final
