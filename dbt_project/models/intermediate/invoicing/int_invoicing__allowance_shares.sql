-- A fixed allowance is spread over the tax groups of its invoice by largest remainder, in
-- proportion to what the earlier ones left of them.
with recursive allowances as (
    select * from {{ ref('int_invoicing__fixed_allowances') }}
),

steps as (
    select
        {{ document_key('nets') }},
        nets.tax_category,
        nets.tax_rate,
        minor_units.digits as minor_digits,
        0 as step,
        {{ units('nets.net_amount', 'minor_units.digits') }} as left_units,
        cast(0 as hugeint) as share_units
    from {{ ref('int_invoicing__group_nets') }} as nets
    inner join {{ source('catalog', 'minor_unit') }} as minor_units using (currency)
    where nets.billing_month = {{ billing_month() }}
    union all
    (
        with groups as (
            select
                {{ document_key('steps') }},
                steps.tax_category,
                steps.tax_rate,
                steps.minor_digits,
                allowances.step,
                {{ units('allowances.allowance_amount', 'steps.minor_digits') }} as allowance_units,
                steps.left_units - steps.share_units as left_units,
                greatest(steps.left_units - steps.share_units, 0) as weight
            from steps
            inner join allowances using ({{ document_key() }})
            where steps.step + 1 = allowances.step
        ),

        shares as (
            select
                *,
                allowance_units * weight // greatest(sum(weight) over (in_document), 1)
                    as floor_units,
                allowance_units * weight % greatest(sum(weight) over (in_document), 1) as remainder
            from groups
            {{ window_in_document() }}
        ),

        ranked as (
            select
                *,
                allowance_units - sum(floor_units) over (in_document) as missing,
                row_number() over (
                    in_document
                    order by remainder desc, weight desc, tax_category asc, tax_rate desc
                ) as place
            from shares
            {{ window_in_document() }}
        )

        select
            {{ document_key() }},
            tax_category,
            tax_rate,
            minor_digits,
            step,
            left_units,
            floor_units + case when place <= missing then 1 else 0 end as share_units
        from ranked
    )
),

final as (
    select
        {{ document_key() }},
        step,
        tax_category,
        tax_rate,
        {{ from_units('left_units', 'minor_digits') }} as base_amount,
        {{ from_units('share_units', 'minor_digits') }} as discount_amount
    from steps
    where step > 0
)

select * from final
