{#-
    Whole-number arithmetic for money: SQL division of decimals is a double, so amounts are
    split as integers. "Units" are minor units of the currency, "pico" are 1e-12 of one.
-#}
{% macro units_per_one(digits) -%}
    case {{ digits }} when 0 then 1 when 1 then 10 when 2 then 100 when 3 then 1000 end
{%- endmacro %}

{% macro pico_per_unit(digits) -%}
    case {{ digits }}
        when 0 then cast(1000000000000 as hugeint)
        when 1 then cast(100000000000 as hugeint)
        when 2 then cast(10000000000 as hugeint)
        when 3 then cast(1000000000 as hugeint)
    end
{%- endmacro %}

{% macro pico(amount) -%}
    cast({{ amount }} * cast(1000000000000 as decimal(13, 0)) as hugeint)
{%- endmacro %}

{% macro from_pico(amount) -%}
    cast(
        cast({{ amount }} as decimal(26, 0)) * cast(0.000000000001 as decimal(12, 12))
        as decimal(38, 12)
    )
{%- endmacro %}

{% macro units(amount, digits) -%}
    cast({{ amount }} * {{ units_per_one(digits) }} as hugeint)
{%- endmacro %}

{% macro from_units(units, digits) -%}
    cast(
        cast({{ units }} as decimal(25, 0))
        * case {{ digits }}
            when 0 then cast(1 as decimal(4, 3))
            when 1 then cast(0.1 as decimal(4, 3))
            when 2 then cast(0.01 as decimal(4, 3))
            when 3 then cast(0.001 as decimal(4, 3))
        end as decimal(28, 3)
    )
{%- endmacro %}

{#- Rounded down, also below zero. -#}
{% macro floor_div(number, divisor) -%}
    (
        {{ number }} // {{ divisor }}
        - case when {{ number }} % {{ divisor }} < 0 then 1 else 0 end
    )
{%- endmacro %}

{#- Rounded half away from zero. -#}
{% macro round_div(number, divisor) -%}
    (sign({{ number }}) * ((2 * abs({{ number }}) + {{ divisor }}) // (2 * {{ divisor }})))
{%- endmacro %}

{#- A percentage given as a fraction with six decimals, as whole millionths. -#}
{% macro millionths(fraction) -%}
    cast({{ fraction }} * 1000000 as hugeint)
{%- endmacro %}

{#-
    A price per unit in the document's currency, all factors exact until the one rounding. The
    rate comes first: so the product has room for as many digits as the price itself.
-#}
{% macro unit_price(price, rate, uplift, off=none, digits='12') -%}
    {%- set product -%}
        cast({{ price }} as decimal(18, 12)) * cast({{ rate }} as decimal(18, 8))
        * (1 + cast({{ uplift }} as decimal(9, 6)))
        {%- if off %} * (1 - cast({{ off }} as decimal(9, 6))){% endif %}
    {%- endset -%}
    {{ rounded_price(product, digits, 'decimal(18, 12)') }}
{%- endmacro %}

{#- Rounded to as many decimals as a row says: 12 is the most, and what holds without a number. -#}
{% macro rounded_price(price, digits, type) -%}
    {%- if digits == '12' -%}
    cast(round({{ price }}, 12) as {{ type }})
    {%- else -%}
    case coalesce({{ digits }}, 12)
        when 12 then cast(round({{ price }}, 12) as {{ type }})
        {%- for fewer in range(12) %}
        when {{ fewer }} then cast(round({{ price }}, {{ fewer }}) as {{ type }})
        {%- endfor %}
    end
    {%- endif -%}
{%- endmacro %}

{#- To how many decimals a contract rounds a price: its own number is for converted prices. -#}
{% macro price_digits(price_currency) -%}
    case when {{ price_currency }} <> currency then price_digits end
{%- endmacro %}

{#- Rounded half away from zero by the engine itself: what integrity tests compare with. -#}
{% macro rounded(amount, digits) -%}
    case {{ digits }}
        when 0 then cast(round({{ amount }}, 0) as decimal(28, 3))
        when 1 then cast(round({{ amount }}, 1) as decimal(28, 3))
        when 2 then cast(round({{ amount }}, 2) as decimal(28, 3))
        when 3 then cast(round({{ amount }}, 3) as decimal(28, 3))
    end
{%- endmacro %}

{#- A monthly fee for some days of a period of `period_days`, rounded to minor units of `digits`. -#}
{% macro by_days(fee, days) -%}
    {{ from_units(round_div(units(fee, 'digits') ~ ' * ' ~ days, 'period_days'), 'digits') }}
{%- endmacro %}
