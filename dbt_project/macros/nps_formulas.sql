{#- What belongs here: the formulas behind the published columns in words, for metric_definitions. They are the same in
    every version of the definition; the formulas themselves are in nps_statistics.sql and the models that use it. -#}

{% macro nps_formulas() %}
    {% do return([
        ['score', 'nps', '100 * (promoters - detractors) / responses',
            'Mean weight of the counted answers, from -100 to 100; passives are in the denominator'],
        ['measure', 'in_period', 'period_start <= answer < period_end',
            'Every counted answer in the period; at most one per person, survey type and touchpoint within the quarantine '
            ~ 'window'],
        ['measure', 'current_state', 'latest answer per person and survey type in 365 days',
            'Of the counted answers of the period only the latest of each person, with its own attributes and definition'],
        ['interval', 'adjusted Wald (3, T)', 'z = ' ~ nps_z(),
            'Three answers are added (3/4 promoters, 3/2 passives, 3/4 detractors), then score -/+ z * standard error, '
            ~ 'clipped to the scale'],
        ['change', 'nps_change', 'nps - nps of the previous period',
            'Against the period before, or the window of the same length that ends where this one begins; p of the '
            ~ 'difference of the adjusted scores, q (Benjamini-Hochberg) over the changes shown together'],
        ['response_rate', 'response_rate', 'answered / delivered invitations',
            'Invitations of the survey type sent in the period'],
        ['revenue_coverage', 'revenue_coverage', 'revenue of accounts with an answer / revenue of all',
            'Recognised revenue of the 365 days before the end of the period'],
        ['post_stratified_nps', 'post_stratified_nps', 'sum(accounts of tier * nps of tier) / sum(accounts of tier)',
            'The score as if each value tier answered in proportion to its accounts'],
        ['pooled_nps', 'pooled_nps', 'empirical Bayes, Dirichlet-multinomial',
            'A branch\'s score drawn toward the company\'s, the more the fewer its answers'],
    ]) %}
{% endmacro %}
