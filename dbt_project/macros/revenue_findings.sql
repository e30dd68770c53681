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
        'more_given_back_than_billed': [
            'credit notes and refunds exceed the net amount of the invoice',
            'correct the document that was entered twice or too high',
        ],
        'several_currencies': [
            'the account is billed in several currencies: its movements contain changes of rates',
            'nothing, if that is what was agreed; else correct the currency of the documents',
        ],
    }) %}
{% endmacro %}
