{{ config(materialized='view') }}

-- An invoice or receipt of each top-up, and credit notes. The tax of a note is what the tax of its
-- invoice falls by.
with notes as (
    select
        notes.* exclude (taxable_left_amount, tax_left_amount, refunded_amount),
        'credit_note' as document_kind,
        {{ local_date('notes.occurred_at', 'profiles.zone') }} as top_up_date,
        cast(minor_units.digits as integer) as minor_digits,
        notes.refunded_amount as net_amount,
        {{ from_units(
            '(' ~ units('notes.tax_left_amount', 'minor_units.digits') ~ ' - ' ~ tax_of(
                'cast(notes.taxable_left_amount - notes.refunded_amount as decimal(28, 3))',
                'notes.tax_rate'
            ) ~ ')',
            'minor_units.digits'
        ) }} as tax_amount
    from {{ ref('int_prepaid__top_up_refunds') }} as notes
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on notes.organization_id = profiles.organization_id
    inner join {{ source('catalog', 'minor_unit') }} as minor_units
        on notes.currency = minor_units.currency
),

documents as (
    select * from {{ ref('int_prepaid__top_up_invoices') }}
    union all by name
    select * from notes
),

final as (
    select
        organization_id,
        top_up_id,
        document_kind,
        cast(row_number() over (
            partition by organization_id order by document_kind desc, occurred_at asc, top_up_id asc
        ) as integer) as document_place,
        billed_month,
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
        tax_amount
    from documents
)

select * from final
