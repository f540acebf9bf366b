-- A top-up was paid, so its invoice asks for nothing. In the currency of the seller's accounts a
-- document has the rate of the month it was invoiced in, as invoices of usage have.
with documents as (
    select * from {{ ref('int_prepaid__top_up_documents') }}
),

accounts as (
    select * from {{ source('catalog', 'seller') }}
    where accounting_currency <> ''
),

rates as (
    select * from {{ source('catalog', 'exchange_rate_of_month') }}
),

rated as (
    {{ at_accounting_rate('documents', 'billed_month') }}
),

converted as (
    select
        rated.*,
        accounting.digits as accounting_digits,
        {{ in_accounts('rated.net_amount') }} as net_units,
        {{ in_accounts('rated.tax_amount') }} as tax_units
    from rated
    inner join {{ source('catalog', 'minor_unit') }} as minor_units
        on rated.currency = minor_units.currency
    left join {{ source('catalog', 'minor_unit') }} as accounting
        on rated.accounting_currency = accounting.currency and rated.exchange_rate is not null
),

final as (
    select
        organization_id,
        {{ billing_month() }} as billing_month,
        top_up_id,
        document_kind,
        document_place,
        billed_month as corrects_month,
        number,
        issue_date,
        occurred_at,
        top_up_date,
        reference,
        currency,
        minor_digits,
        tax_category,
        tax_rate,
        exemption_code,
        exemption_reason,
        net_amount,
        tax_amount,
        cast(net_amount + tax_amount as decimal(28, 3)) as total_amount,
        cast(
            case when document_kind = 'credit_note' then net_amount + tax_amount else 0 end
            as decimal(28, 3)
        ) as amount_due,
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
