-- One line where an invoice of usage stays below the minimum, also when nothing was used.
with minima as (
    select * from {{ ref('int_invoicing__spend_targets') }}
    where term_kind = 'minimum'
),

nets as (
    select
        organization_id,
        cast(sum(net_amount) as decimal(28, 3)) as net_amount
    from {{ ref('int_invoicing__group_nets') }}
    where
        billing_month = {{ billing_month() }}
        and payment_mode = 'enterprise'
        and corrects_month = billing_month
    group by organization_id
),

allowances as (
    select
        organization_id,
        cast(sum(allowance_amount) as decimal(28, 3)) as allowance_amount
    from {{ ref('int_invoicing__fixed_allowances') }}
    where payment_mode = 'enterprise' and corrects_month = billing_month
    group by organization_id
),

lines as (
    select
        organization_id,
        max(line_number) as last_line
    from {{ ref('int_invoicing__rounded_lines') }}
    where
        billing_month = {{ billing_month() }}
        and payment_mode = 'enterprise'
        and corrects_month = billing_month
    group by organization_id
),

missing as (
    select
        minima.*,
        coalesce(lines.last_line, 0) as last_line,
        cast(
            minima.target_amount
            - cast(coalesce(nets.net_amount, 0) as decimal(28, 3))
            + cast(coalesce(allowances.allowance_amount, 0) as decimal(28, 3)) as decimal(28, 3)
        ) as missing_amount
    from minima
    left join nets on minima.organization_id = nets.organization_id
    left join allowances on minima.organization_id = allowances.organization_id
    left join lines on minima.organization_id = lines.organization_id
),

final as (
    select
        missing.organization_id,
        missing.billing_month,
        'enterprise' as payment_mode,
        missing.billing_month as corrects_month,
        cast(missing.last_line + 1 as integer) as line_number,
        missing.contract_id,
        missing.first_date as period_first_date,
        missing.last_date as period_last_date,
        missing.missing_amount as line_amount,
        taxes.category as tax_category,
        taxes.tax_rate,
        missing.currency
    from missing
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on missing.organization_id = profiles.organization_id
    inner join {{ source('catalog', 'tax_rate_of_month') }} as taxes
        on
            profiles.tax_treatment_id = taxes.tax_treatment_id
            and missing.billing_month = taxes.service_month
    where missing.missing_amount > 0
)

select * from final
