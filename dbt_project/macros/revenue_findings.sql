{#- What a controller is told about a document that does not go the usual way: why, and what to do. -#}
{% macro revenue_findings() %}
    {% do return({
        'unknown_account': [
            'the account is billed, but no CRM knows it',
            'enter the account in the CRM, or correct the account id of the billing customer',
        ],
        'invoice_unknown': [
            'it gives back on an invoice that was never loaded, or on none: nothing is deducted',
            'load the invoice, or book the document against the one it belongs to',
        ],
        'invoice_not_billed': [
            'it gives back on an invoice that is a draft or void: nothing is deducted',
            'nothing, if the invoice was never revenue; else correct its status',
        ],
        'ends_before_it_starts': [
            'the subscription ends before it starts: it earns nothing',
            'correct its start or end',
        ],
        'period_over_ten_years': [
            'it is for a period of more than ten years: each month gets little of it',
            'nothing, if that is what was sold; else correct the beginning or end of its period',
        ],
        'account_is_billed': [
            'the account has invoices or subscriptions, which are its revenue: its movement earns nothing',
            'nothing, if the movement says the same once more; else leave the account out of one of the files',
        ],
        'more_taken_than_there_was': [
            'contraction or churn takes more than the account paid: the rest is left out',
            'correct the amount, or deliver the movement that is missing before it',
        ],
        'raised_before_new': [
            'the account expands or comes back before it was new: it counts from here on',
            'deliver what it paid at the beginning as a movement of kind new',
        ],
        'against_its_kind': [
            'a movement that raises has a negative amount: it counts as taken away',
            'correct its sign or its kind',
        ],
        'more_given_back_than_billed': [
            'credit notes and refunds exceed the net amount of the invoice',
            'correct the document that was entered twice or too high',
        ],
        'several_currencies': [
            'the account is billed in several currencies: its movements contain changes of rates',
            'nothing, if that is what was agreed; else correct the currency of the documents',
        ],
        'currency_ceased': [
            'the currency had ceased on the day of the document: it counts at the last rate',
            'correct the currency or the date of the document',
        ],
    }) %}
{% endmacro %}

{#- From which day on a currency was legal tender nowhere: those that ended in this century (ISO 4217, list A.3). -#}
{% macro ceased_currencies() %}
    {% do return({
        'ATS': '2002-03-01', 'AZM': '2007-01-01', 'BEF': '2002-03-01', 'BGN': '2026-02-01', 'BYR': '2017-01-01',
        'CYP': '2008-02-01', 'DEM': '2002-03-01', 'EEK': '2011-01-15', 'ESP': '2002-03-01', 'FIM': '2002-03-01',
        'FRF': '2002-03-01', 'GRD': '2002-03-01', 'HRK': '2023-01-15', 'IEP': '2002-03-01', 'ITL': '2002-03-01',
        'LTL': '2015-01-16', 'LUF': '2002-03-01', 'LVL': '2014-01-15', 'MTL': '2008-02-01', 'NLG': '2002-03-01',
        'PTE': '2002-03-01', 'ROL': '2007-01-01', 'SIT': '2007-01-15', 'SKK': '2009-01-17', 'TRL': '2006-01-01',
    }) %}
{% endmacro %}
