-- The gross of each tax group is rounded once and spread by largest remainder, first to models,
-- then to the lines of each model.
with lines as (
    select
        *,
        {{ pico('exact_amount') }} as pico,
        {{ pico_per_unit('minor_digits') }} as unit
    from {{ ref('int_invoicing__lines') }}
),

models as (
    select
        {{ document_key() }},
        tax_category,
        tax_rate,
        model_id,
        min(line_number) as first_line,
        sum(pico) as pico,
        {{ floor_div('sum(pico)', 'unit') }} as floor_units,
        sum(pico) - {{ floor_div('sum(pico)', 'unit') }} * unit as remainder,
        unit
    from lines
    group by {{ document_key() }}, tax_category, tax_rate, model_id, unit
),

-- A model of a document has one number: windows over it need not compare all that names it.
models_rounded as (
    select
        *,
        row_number() over () as model_place,
        floor_units + case
            when
                row_number() over (tax_group order by remainder desc, pico desc, first_line asc)
                <= {{ round_div('sum(pico) over (tax_group)', 'unit') }}
                - sum(floor_units) over (tax_group)
                then 1
            else 0
        end as model_units
    from models
    window tax_group as (partition by {{ document_key() }}, tax_category, tax_rate)
),

lines_floored as (
    select
        lines.*,
        models_rounded.model_place,
        models_rounded.model_units,
        {{ floor_div('lines.pico', 'lines.unit') }} as floor_units,
        lines.pico - {{ floor_div('lines.pico', 'lines.unit') }} * lines.unit as remainder
    from lines
    inner join models_rounded
        using ({{ document_key() }}, tax_category, tax_rate, model_id)
),

lines_rounded as (
    select
        *,
        floor_units + case
            when
                row_number() over (of_model order by remainder desc, pico desc, line_number asc)
                <= model_units - sum(floor_units) over (of_model)
                then 1
            else 0
        end as line_units
    from lines_floored
    window of_model as (partition by model_place)
),

final as (
    select
        {{ line_columns() }},
        {{ from_units('line_units', 'minor_digits') }} as line_amount,
        tax_category,
        tax_rate,
        currency
    from lines_rounded
)

select * from final
