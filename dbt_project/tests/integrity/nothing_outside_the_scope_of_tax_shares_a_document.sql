-- EN 16931 has no document that holds category O beside another one.
select {{ document_key() }}
from {{ ref('fct_invoice_taxes') }}
group by {{ document_key() }}
having max(case when tax_category = 'O' then 1 else 0 end) > min(case when tax_category = 'O' then 1 else 0 end)
