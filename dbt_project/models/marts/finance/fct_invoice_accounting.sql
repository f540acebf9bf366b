-- What each tax group is worth in the currency of the seller's accounts: converted from the
-- rounded amounts of the document and rounded once more; totals by addition. A credit note has the
-- rate of the invoice it corrects. A group without a rate has no row here, and the second engine
-- names the rate that is missing.
with taxes as (
    select * from {{ ref('fct_invoice_taxes') }}
    where billing_month = {{ billing_month() }}
),

accounts as (
    select * from {{ source('catalog', 'seller') }}
    where accounting_currency <> ''
),

rates as (
    select * from {{ source('catalog', 'exchange_rate_of_month') }}
),

minor_units as (
    select * from {{ source('catalog', 'minor_unit') }}
),

rated as (
    {{ at_accounting_rate('taxes', 'corrects_month') }}
),

converted as (
    select
        rated.*,
        accounting.digits as accounting_digits,
        {{ in_accounts('rated.taxable_amount') }} as net_units,
        {{ in_accounts('rated.tax_amount') }} as tax_units
    from rated
    inner join minor_units on rated.currency = minor_units.currency
    inner join minor_units as accounting on rated.accounting_currency = accounting.currency
    where rated.exchange_rate is not null
),

final as (
    select
        {{ document_key() }},
        tax_category,
        tax_rate,
        currency,
        taxable_amount,
        tax_amount,
        accounting_currency,
        cast(accounting_digits as integer) as accounting_digits,
        exchange_rate,
        exchange_rate_date,
        accounting_source as exchange_source,
        {{ from_units('net_units', 'accounting_digits') }} as accounting_net_amount,
        {{ from_units('tax_units', 'accounting_digits') }} as accounting_tax_amount,
        {{ from_units('net_units + tax_units', 'accounting_digits') }} as accounting_total_amount
    from converted
)

select * from final
