"""Which tables of the warehouse the second engine answers for.

Here: each table with its key and the columns that must agree. Add a table when another one
reaches a customer or Finance. Keep out: how rows are read (`audited_table`) and compared.
"""

from billing.audit.audited_table import AuditedTable

_CORRECTS = "nullif(corrects_month, billing_month) as corrects_month"
_DOCUMENT = ("organization_id", "payment_mode", _CORRECTS)
_MONEY = ("list_amount", "contracted_amount", "discount_amount", "net_amount")
_ONE_RATE = "price_currency = agreed_currency"
_ANY_MONEY = "(list_amount <> 0 or contracted_amount <> 0)"

CHARGE_KEY = (
    "organization_id",
    "service_month",
    "terms_from_at",
    "project_id",
    "payer",
    "model_id",
    "meter",
    "service_tier",
    "region",
    "coalesce(price_id, '') as price_id",
    "coalesce(contract_price_id, '') as contract_price_id",
    "coalesce(allowance_id, '') as allowance_id",
    "coalesce(tier_schedule_id, '') as tier_schedule_id",
    "coalesce(tier_step, 0) as tier_step",
    "uplift_id",
    "adjustment_id",
)
CHARGES = AuditedTable(
    "recomputed_charges",
    "intermediate.int_rating__charges",
    CHARGE_KEY,
    (
        "contract_id",
        _CORRECTS,
        "context_band",
        f"case when {_ONE_RATE} then exchange_rate end as exchange_rate",
        f"case when {_ONE_RATE} then exchange_rate_date end as exchange_rate_date",
        "quantity",
        "charged_quantity",
        "package_size",
        "currency",
        "uplift_pct",
        "off_pct",
        "list_price",
        "unit_price",
        *_MONEY,
    ),
)
STEPS = AuditedTable(
    "recomputed_discount_steps",
    """(
        select charges.* exclude (discount_amount), steps.step, steps.discount_id,
               steps.discount_pct, steps.base_amount, steps.discount_amount
        from intermediate.int_rating__discounts as steps
        inner join intermediate.int_rating__charges as charges
            on steps.charge_id = charges.charge_id
    )""",
    (*CHARGE_KEY, "discount_id"),
    ("step", "discount_pct", "base_amount", "discount_amount"),
    source="intermediate.int_rating__discounts",
)
COST_BY_MODEL = AuditedTable(
    "recomputed_cost_monthly",
    "finance.cost_monthly",
    ("organization_id", "model_id"),
    ("currency", *_MONEY),
    _ANY_MONEY,
)
COST_BY_PROJECT = AuditedTable(
    "recomputed_cost_by_project",
    "finance.cost_by_project",
    ("organization_id", "project_id", "model_id"),
    ("currency", *_MONEY),
    _ANY_MONEY,
)
_CHANGE = (
    "comparison",
    "currency",
    "previous_net_amount",
    "net_amount",
    "net_change_amount",
    "volume_change_amount",
    "mix_change_amount",
    "price_change_amount",
    "discount_change_amount",
)
COST_CHANGE = AuditedTable(
    "recomputed_cost_change", "finance.cost_change_monthly", ("organization_id",), _CHANGE
)
CHANGE_BY_MODEL = AuditedTable(
    "recomputed_cost_change_by_model",
    "finance.cost_change_by_model",
    ("organization_id", "model_id"),
    _CHANGE,
)
LINES = AuditedTable(
    "recomputed_lines",
    "finance.fct_invoice_lines",
    (
        *_DOCUMENT,
        "line_kind",
        "service_month",
        "coalesce(model_id, '') as model_id",
        "coalesce(meter, '') as meter",
        "coalesce(service_tier, '') as service_tier",
        "coalesce(context_band, 0) as context_band",
        "case when line_kind = 'usage' then terms_from_at end as terms_from_at",
        "coalesce(price_id, '') as price_id",
        "coalesce(contract_price_id, '') as contract_price_id",
        "coalesce(allowance_id, '') as allowance_id",
        "coalesce(tier_schedule_id, '') as tier_schedule_id",
        "coalesce(tier_step, 0) as tier_step",
        "coalesce(plan_id, '') as plan_id",
        "period_first_date",
        "uplift_id",
        "adjustment_id",
    ),
    (
        "line_number",
        "period_last_date",
        "quantity",
        "charged_quantity",
        "unit_price",
        "base_quantity",
        "exact_amount",
        "exact_net_amount",
        "line_amount",
        "tax_category",
        "tax_rate",
        "currency",
    ),
)
DISCOUNTS = AuditedTable(
    "recomputed_discounts",
    "finance.fct_invoice_discounts",
    (*_DOCUMENT, "discount_id", "tax_category", "tax_rate"),
    ("discount_kind", "discount_pct", "base_amount", "discount_amount", "currency"),
)
TAXES = AuditedTable(
    "recomputed_taxes",
    "finance.fct_invoice_taxes",
    (*_DOCUMENT, "tax_category", "tax_rate"),
    ("gross_amount", "discount_amount", "taxable_amount", "tax_amount", "currency"),
)
ACCOUNTING = AuditedTable(
    "recomputed_accounting",
    "finance.fct_invoice_accounting",
    (*_DOCUMENT, "tax_category", "tax_rate"),
    (
        "currency",
        "taxable_amount",
        "tax_amount",
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
INVOICES = AuditedTable(
    "recomputed_totals",
    "finance.fct_invoices",
    _DOCUMENT,
    (
        "currency",
        "minor_digits",
        "subtotal_amount",
        "discount_amount",
        "taxable_amount",
        "tax_amount",
        "total_amount",
        "amount_due",
        "exact_net_amount",
        "rounding_amount",
    ),
)
CREDIT_USES = AuditedTable(
    "recomputed_credit_uses",
    "finance.fct_credit_uses",
    (*_DOCUMENT, "credit_id"),
    (
        "use_number",
        "credit_kind",
        "repeats",
        "grant_month",
        "granted_amount",
        "available_amount",
        "used_amount",
        "left_amount",
        "valid_to_date",
        "currency",
    ),
)
SPEND_TERMS = AuditedTable(
    "recomputed_spend_terms",
    "finance.fct_spend_terms",
    ("organization_id", "spend_term_id"),
    (
        "contract_id",
        "term_kind",
        "period",
        "first_date",
        "last_date",
        "days",
        "month_days",
        "committed_amount",
        "billed_before_amount",
        "is_due",
        "net_amount",
        "currency",
    ),
)
