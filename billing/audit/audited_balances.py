"""Which tables of prepaid balances the second engine answers for.

Here: each table with its key and the columns that must agree. Keep out: tables of documents
(`audited_tables`).
"""

from billing.audit.audited_table import AuditedTable

PREPAID = AuditedTable(
    "recomputed_prepaid_entries",
    "finance.fct_prepaid_entries",
    (
        "organization_id",
        "entry_kind",
        (
            "case when entry_kind not in ('opening', 'consumption', 'closing') then entry_at end "
            "as entry_at"
        ),
    ),
    ("amount", "currency"),
    "amount <> 0",
)
LOTS = AuditedTable(
    "recomputed_prepaid_lots",
    "finance.prepaid_lots",
    ("organization_id", "lot_id"),
    (
        "lot_kind",
        "draw_place",
        "expires_at",
        "opening_amount",
        "granted_amount",
        "drawn_amount",
        "refunded_amount",
        "transferred_amount",
        "written_off_amount",
        "expired_amount",
        "remaining_amount",
        "exact_drawn_amount",
        "currency",
    ),
)
TOP_UPS = AuditedTable(
    "recomputed_top_up_documents",
    "finance.fct_top_up_documents",
    ("organization_id", "document_kind", "top_up_id"),
    (
        "document_place",
        "corrects_month",
        "top_up_date",
        "tax_category",
        "tax_rate",
        "net_amount",
        "tax_amount",
        "total_amount",
        "amount_due",
        "currency",
        "minor_digits",
        "accounting_currency",
        "accounting_digits",
        "exchange_rate",
        "exchange_rate_date",
        "exchange_source",
        "accounting_net_amount",
        "accounting_tax_amount",
        "accounting_total_amount",
    ),
)
