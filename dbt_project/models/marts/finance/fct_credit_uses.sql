with uses as (
    select
        *,
        1 as stage
    from {{ ref('int_invoicing__credit_allowances') }}
    union all
    select
        *,
        2 as stage
    from {{ ref('int_invoicing__payments') }}
),

final as (
    select
        {{ document_key() }},
        cast(row_number() over (
            partition by {{ document_key() }} order by stage, place
        ) as integer) as use_number,
        credit_id,
        credit_kind,
        credit_name,
        repeats,
        grant_month,
        granted_amount,
        available_amount,
        used_amount,
        cast(
            case
                when repeats = 'once' then cast(available_amount - used_amount as decimal(28, 3))
                else cast(0 as decimal(28, 3))
            end as decimal(28, 3)
        ) as left_amount,
        valid_to_date,
        currency
    from uses
)

select * from final
