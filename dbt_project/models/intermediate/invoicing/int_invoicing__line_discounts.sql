-- The base is what is left of the rounded lines in scope; the amount is rounded per tax group.
with recursive lines as (
    {{ with_model(ref('int_invoicing__rounded_lines')) }}
    where used.billing_month = {{ billing_month() }} and used.line_kind = 'usage'
),

discounts as (
    select *, {{ millionths('discount_pct') }} as millionths
    from {{ ref('int_invoicing__document_discounts') }}
),

steps as (
    select
        {{ discounted_line('lines') }},
        minor_units.digits as minor_digits,
        0 as step,
        '' as discount_id,
        false as is_in_scope,
        {{ units('lines.line_amount', 'minor_units.digits') }} as base_units,
        cast(0 as hugeint) as discount_units
    from lines
    inner join {{ source('catalog', 'minor_unit') }} as minor_units using (currency)
    union all
    (
        with scoped as (
            select
                {{ discounted_line('steps') }},
                steps.minor_digits,
                discounts.step,
                discounts.discount_id,
                discounts.millionths,
                {{ in_discount_scope('discounts', 'steps') }} as is_in_scope,
                steps.base_units - steps.discount_units as base_units
            from steps
            inner join discounts using ({{ document_key() }})
            where steps.step + 1 = discounts.step
        ),

        groups as (
            select
                *,
                sum(base_units) over (in_group) as group_base,
                {{ round_div('sum(base_units) over (in_group) * millionths', '1000000') }}
                    as group_units
            from scoped
            {{ window_in_group() }}
        ),

        shares as (
            select
                *,
                group_units * base_units * sign(group_base) as part,
                greatest(abs(group_base), 1) as whole,
                {{ floor_div('part', 'whole') }} as floor_units,
                part - floor_units * whole as remainder
            from groups
        ),

        ranked as (
            select
                *,
                group_units - sum(floor_units) over (in_group) as missing,
                row_number() over (in_group order by remainder desc, part desc, line_number asc)
                    as place
            from shares
            {{ window_in_group() }}
        )

        select
            {{ discounted_line('ranked') }},
            minor_digits,
            step,
            discount_id,
            is_in_scope,
            base_units,
            case
                when not is_in_scope then 0
                else floor_units + case when place <= missing then 1 else 0 end
            end as discount_units
        from ranked
    )
),

final as (
    select
        {{ document_key() }},
        line_number,
        step,
        discount_id,
        tax_category,
        tax_rate,
        {{ from_units('base_units', 'minor_digits') }} as base_amount,
        {{ from_units('discount_units', 'minor_digits') }} as discount_amount
    from steps
    where is_in_scope
)

select * from final
