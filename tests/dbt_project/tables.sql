-- The tables dbt reads besides `raw`: one per catalog file, those of the month, and the books.
create schema catalog;
create schema books;
create schema audit;
create table catalog.organizations (organization_id varchar, name varchar, created_date date);
create table catalog.billing_profiles (
    organization_id varchar, legal_name varchar, currency varchar, zone varchar,
    tax_treatment_id varchar, payment_days bigint, review_days bigint, invoice_when_empty boolean,
    tax_at varchar default ''
);
create table catalog.projects (
    project_id varchar, organization_id varchar, name varchar, environment varchar
);
create table catalog.api_keys (
    api_key_id varchar, organization_id varchar, project_id varchar, name varchar,
    masked_prefix varchar, key_sha256 varchar, payer varchar, subscription_id varchar,
    valid_from_at timestamp, valid_to_at timestamp
);
create table catalog.models (
    model_id varchar, display_name varchar, provider varchar, family varchar, modality varchar
);
create table catalog.model_aliases (alias varchar, model_id varchar);
create table catalog.model_patterns (
    pattern_id varchar, pattern varchar, precedence bigint, model_id varchar
);
create table catalog.price_clock (quarter_hour timestamp, price_state integer);
create table catalog.open_price_window (price_state integer, price_window_id varchar);
create table catalog.region_uplifts (
    uplift_id varchar, provider varchar, model_id varchar, region varchar,
    uplift_pct decimal(9, 6), valid_from_at timestamp, valid_to_at timestamp
);
create table catalog.price_adjustments (
    adjustment_id varchar, contract_id varchar, organization_id varchar, model_id varchar,
    family varchar, provider varchar, off_pct decimal(9, 6), valid_from_at timestamp,
    valid_to_at timestamp
);
create table catalog.prices (
    price_id varchar, model_id varchar, meter varchar, service_tier varchar,
    context_above_tokens bigint, region varchar, currency varchar, unit_price decimal(18, 12),
    valid_from_at timestamp, valid_to_at timestamp, price_window_id varchar default ''
);
create table catalog.context_ladder (threshold_tokens bigint);
create table catalog.contracts (
    contract_id varchar, organization_id varchar, price_by varchar, exchange_source varchar,
    valid_from_at timestamp, valid_to_at timestamp
);
create table catalog.contract_prices (
    contract_price_id varchar, contract_id varchar, organization_id varchar, model_id varchar,
    meter varchar, service_tier varchar, context_above_tokens bigint, currency varchar,
    unit_price decimal(18, 12), valid_from_at timestamp, valid_to_at timestamp
);
create table catalog.discounts (
    discount_id varchar, contract_id varchar, organization_id varchar, name varchar,
    priority bigint, discount_pct decimal(9, 6), model_id varchar,
    family varchar default '', provider varchar default '', service_tier varchar default '',
    meter varchar default '',
    valid_from_at timestamp, valid_to_at timestamp
);
create table catalog.model_groups (model_group_id varchar, model_id varchar);
create table catalog.allowances (
    allowance_id varchar, contract_id varchar, organization_id varchar, name varchar,
    meter varchar, model_id varchar, model_group_id varchar, quantity bigint,
    valid_from_at timestamp, valid_to_at timestamp
);
create table catalog.tier_schedules (
    tier_schedule_id varchar, contract_id varchar, organization_id varchar, name varchar,
    kind varchar, meter varchar, model_id varchar, model_group_id varchar, currency varchar,
    package_size bigint, valid_from_at timestamp, valid_to_at timestamp
);
create table catalog.tier_steps (
    tier_schedule_id varchar, above_quantity bigint, unit_price decimal(18, 12)
);
create table catalog.credits (
    credit_id varchar, organization_id varchar, kind varchar, name varchar, currency varchar,
    amount decimal(28, 3), repeats varchar, months bigint, valid_from_date date,
    valid_to_date date
);
create table catalog.spend_terms (
    spend_term_id varchar, contract_id varchar, organization_id varchar, kind varchar,
    period varchar, currency varchar, amount decimal(28, 3), valid_from_date date,
    valid_to_date date, valid_from_at timestamp, valid_to_at timestamp
);
create table catalog.plans (
    plan_id varchar, name varchar, currency varchar, monthly_fee decimal(28, 3)
);
create table catalog.plan_overages (
    plan_overage_id varchar, plan_id varchar, counted varchar, model_id varchar,
    included_quantity bigint, unit_price decimal(18, 12)
);
create table catalog.subscriptions (
    subscription_id varchar, organization_id varchar, kind varchar, plan_id varchar,
    currency varchar, starts_date date, ends_date date, starts_at timestamp, ends_at timestamp,
    changed_from varchar, counted_from_date date, counted_from_at timestamp, keys_from_id varchar, changed_date date
);
create table catalog.subscription_items (
    subscription_id varchar, model_id varchar, service_tier varchar, daily_call_limit bigint,
    monthly_token_cap bigint, monthly_fee decimal(28, 3)
);
create table catalog.key_limits (
    key_limit_id varchar, api_key_id varchar, model_id varchar, rpm bigint, rph bigint,
    rpd bigint, tpm bigint, tpd bigint, monthly_spend_amount decimal(28, 3), currency varchar,
    valid_from_at timestamp, valid_to_at timestamp
);
create table catalog.tier_promises (
    tier_promise_id varchar, contract_id varchar, service_tier varchar, model_id varchar,
    success_pct decimal(9, 6), p95_ms bigint, valid_from_date date, valid_to_date date
);
create table catalog.top_ups (
    top_up_id varchar, organization_id varchar, occurred_at timestamp, currency varchar,
    amount decimal(28, 3), kind varchar, reference varchar, expires_at timestamp
);
create table catalog.tax_treatments (
    tax_treatment_id varchar, category varchar, country varchar, exemption_code varchar,
    exemption_reason varchar, requires_vat_id boolean
);
create table catalog.tax_rates (
    tax_rate_id varchar, country varchar, category varchar, tax_rate decimal(9, 6),
    valid_from_date date, valid_to_date date, source varchar
);
create table catalog.balance_movements (
    movement_id varchar, organization_id varchar, occurred_at timestamp, kind varchar,
    currency varchar, amount decimal(28, 3), to_organization_id varchar, expires_at timestamp,
    reference varchar
);
create table catalog.outcome_rules (
    outcome varchar, is_billed boolean, not_billed_reason varchar
);
create table catalog.contract_outcome_rules (
    contract_id varchar, outcome varchar, is_billed boolean, not_billed_reason varchar
);
create table catalog.exchange_rate_of_month (
    source varchar, base_currency varchar, quote_currency varchar, service_month date,
    rate decimal(18, 8), rate_date date
);
create table catalog.exchange_day (
    organization_id varchar, exchange_date date, starts_at timestamp, ends_at timestamp
);
create table catalog.exchange_rate_of_day (
    source varchar, base_currency varchar, quote_currency varchar, exchange_date date,
    rate decimal(18, 8), rate_date date
);
create table catalog.exchange_terms (
    contract_id varchar, date_rule varchar, max_age_days bigint, price_digits bigint
);
create table catalog.seller (
    seller_id varchar, accounting_currency varchar, accounting_source varchar,
    accounting_max_age_days bigint
);
create table catalog.tax_rate_of_month (
    tax_treatment_id varchar, service_month date, category varchar, tax_rate decimal(9, 6),
    exemption_code varchar, exemption_reason varchar
);
create table catalog.provider_tolerances (
    provider varchar, model_id varchar, tokens_pct decimal(9, 6), cost_pct decimal(9, 6)
);
create table catalog.minor_unit (currency varchar, digits integer);
create table catalog.fingerprint (table_name varchar, sha256 varchar);
create table books.month_watermark (
    organization_id varchar, billing_month date, watermark integer, is_finalized boolean
);
create table books.late_route (
    organization_id varchar, service_month date, after_sequence integer, up_to_sequence integer,
    billing_month date
);
create table books.corrected_document (
    organization_id varchar, payer varchar, service_month date, billing_month date,
    corrects_month date, number varchar, issue_date date, left_amount decimal(28, 3),
    notes integer
);
create table books.corrected_tax (
    organization_id varchar, payment_mode varchar, billing_month date, corrects_month date, tax_category varchar,
    tax_rate decimal(9, 6), taxable_left_amount decimal(28, 3), tax_left_amount decimal(28, 3)
);
create table books.corrected_allowance (
    organization_id varchar, payment_mode varchar, billing_month date, corrects_month date, allowance_kind varchar,
    left_amount decimal(28, 3)
);
create table books.billed_line (
    number varchar, billing_month date, organization_id varchar, payment_mode varchar, service_month date,
    model_id varchar, meter varchar, service_tier varchar, tax_category varchar,
    tax_rate decimal(9, 6), net_amount decimal(38, 12)
);
create table books.rerated_line (
    rated_month date, billing_month date, organization_id varchar, payment_mode varchar, service_month date,
    model_id varchar, meter varchar, service_tier varchar, tax_category varchar,
    tax_rate decimal(9, 6), net_amount decimal(38, 12)
);
create table books.amendment (
    amendment_id varchar, organization_id varchar, service_month date, billing_month date,
    reason varchar
);
create table books.opening_balance (
    organization_id varchar, billing_month date, opening_amount decimal(28, 3)
);
create table books.opening_lot (
    organization_id varchar, billing_month date, lot_id varchar, lot_kind varchar,
    occurred_at timestamp, expires_at timestamp, reference varchar,
    opening_amount decimal(28, 3)
);
create table books.top_up_due (
    organization_id varchar, billing_month date, top_up_id varchar, number varchar,
    issue_date date
);
create table books.top_up_invoice (
    organization_id varchar, billing_month date, top_up_id varchar, corrects_month date,
    occurred_at timestamp, reference varchar, currency varchar,
    number varchar, issue_date date, tax_category varchar, tax_rate decimal(9, 6),
    taxable_left_amount decimal(28, 3), tax_left_amount decimal(28, 3), exemption_code varchar,
    exemption_reason varchar
);
create table books.late_movement (
    organization_id varchar, billing_month date, movement_id varchar, entry_kind varchar
);
create table books.credit_used (
    organization_id varchar, billing_month date, credit_id varchar, grant_month date,
    granted_amount decimal(28, 3), used_amount decimal(28, 3)
);
create table books.billed_net (
    organization_id varchar, billing_month date, billed_month date, net_amount decimal(28, 3)
);
