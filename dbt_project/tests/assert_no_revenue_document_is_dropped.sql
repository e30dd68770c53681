-- Fails with each document that neither counts nor is set aside with a reason, or that does both.
select
    documents.source,
    documents.document_id
from {{ ref('int_revenue_documents__unioned') }} as documents
left join {{ ref('int_revenue__deferred') }} as counted
    on documents.source = counted.source and documents.document_id = counted.document_id
left join {{ ref('audit_revenue_findings') }} as findings
    on
        documents.source = findings.source
        and documents.document_id = findings.document_id
        and documents.set_aside_reason = findings.finding
where
    (documents.set_aside_reason is null and counted.document_id is null)
    or (documents.set_aside_reason is not null and findings.document_id is null)
    or (documents.set_aside_reason is not null and counted.document_id is not null)
