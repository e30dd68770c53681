{#- The normal distribution for engines that have none: Hart's rational approximation (algorithm 5666) as
    G. West gives it in "Better approximations to cumulative normal functions" (Wilmott, 2005), accurate to
    1e-15, and in the tails to a hundred-millionth of what is left. The constants are in scientific notation so
    that every engine reads doubles.
    Arguments are written several times into the expression: give a column, not a calculation. -#}

{% macro polynomial(coefficients, x) -%}
    {%- set nested = namespace(expression=coefficients[0]) -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set nested.expression = '(' ~ nested.expression ~ ' * ' ~ x ~ ' + ' ~ coefficient ~ ')' -%}
    {%- endfor -%}
    {{ nested.expression }}
{%- endmacro %}

{% macro normal_upper_tail(x) -%}
    {%- set numerator = [
        '3.526249659989109e-2', '7.003830644436881e-1', '6.373962203531650e0', '3.391286607838300e1',
        '1.120792914978709e2', '2.212135961699311e2', '2.202068679123761e2'
    ] -%}
    {%- set denominator = [
        '8.838834764831844e-2', '1.755667163182642e0', '1.606417757920695e1', '8.678073220294608e1',
        '2.965642487796737e2', '6.373336333788311e2', '7.938265125199484e2', '4.404137358247522e2'
    ] -%}
    case
        -- below the smallest double, where exp() is an error in some engines
        when {{ x }} > 37 then 0
        when {{ x }} < 7.07106781186547
            then
                exp(-{{ x }} * {{ x }} / 2)
                * {{ polynomial(numerator, x) }}
                / {{ polynomial(denominator, x) }}
        else
            exp(-{{ x }} * {{ x }} / 2)
            / ({{ x }} + 1 / ({{ x }} + 2 / ({{ x }} + 3 / ({{ x }} + 4 / ({{ x }} + 0.65)))))
            / 2.506628274631000502
    end
{%- endmacro %}

{#- The z above which a share of 1e-11 to 0.07 lies: Wichura's algorithm AS 241 (PPND16, 1988), to 1e-15 of its
    size. Takes r = sqrt(-ln(share)) - 1.6, which is written several times, too. -#}
{% macro normal_upper_quantile(r) -%}
    {%- set numerator = [
        '7.74545014278341407640e-4', '2.27238449892691845833e-2', '2.41780725177450611770e-1',
        '1.27045825245236838258e0', '3.64784832476320460504e0', '5.76949722146069140550e0',
        '4.63033784615654529590e0', '1.42343711074968357734e0'
    ] -%}
    {%- set denominator = [
        '1.05075007164441684324e-9', '5.47593808499534494600e-4', '1.51986665636164571966e-2',
        '1.48103976427480074590e-1', '6.89767334985100004550e-1', '1.67638483018380384940e0',
        '2.05319162663775882187e0', '1e0'
    ] -%}
    {{ polynomial(numerator, r) }}
            / {{ polynomial(denominator, r) }}
{%- endmacro %}

{% macro nps_p_value(z) -%}
    2 * {{ normal_upper_tail('abs(' ~ z ~ ')') }}
{%- endmacro %}
