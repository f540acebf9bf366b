{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

with deductions as (
    select * from {{ ref('int_prepaid__deductions') }}
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

final as (
    select
        deductions.organization_id,
        deductions.billing_month,
        deductions.api_key_id,
        deductions.model_id,
        deductions.quarter_hour,
        deductions.amount,
        profiles.currency
    from deductions
    inner join profiles on deductions.organization_id = profiles.organization_id
)

select * from final
