"""The catalog of `catalog_folder` as a warehouse holds it, typed and with its windows.

Here: literal rows. Change them together with the files. Keep out: anything computed.
"""

CATALOG_TABLES = """
create schema catalog;
create table catalog.billing_profiles as from (values
    ('org_berlin', 'EUR', 'Europe/Berlin', 'de_standard', false),
    ('org_kolkata', 'USD', 'Asia/Kolkata', 'statement', false),
    ('org_plan', 'EUR', 'Europe/Berlin', 'de_standard', false)
) as rows(organization_id, currency, zone, tax_treatment_id, invoice_when_empty);
create table catalog.contracts as from (values
    ('c_berlin', 'org_berlin', 'answered', 'ecb', date '2026-01-01', date '9999-12-31'),
    ('c_kolkata', 'org_kolkata', 'answered', 'ecb', date '2026-01-01', date '9999-12-31'),
    ('c_plan', 'org_plan', 'answered', 'ecb', date '2026-01-01', date '9999-12-31')
) as rows(
    contract_id, organization_id, price_by, exchange_source, valid_from_date, valid_to_date
);
create table catalog.exchange_terms (
    contract_id varchar, date_rule varchar, max_age_days bigint, price_digits bigint
);
create table catalog.contract_outcome_rules (
    contract_id varchar, outcome varchar, is_billed boolean, not_billed_reason varchar
);
alter table catalog.billing_profiles add column tax_rule_id varchar default '';
create table catalog.tax_rules (
    tax_rule_id varchar, precedence bigint, seller_country varchar, buyer_area varchar,
    buyer_status varchar, buyer_vat_id varchar, tax_treatment_id varchar
);
create table catalog.tax_treatments as from (values ('de_standard', 'S', 'DE'), ('statement', 'O', ''))
    as rows(tax_treatment_id, category, country);
create table catalog.tax_rates as from (values
    ('de_16', 'DE', 'S', 0.16, date '2020-07-01', date '2021-01-01', 'relief act'),
    ('de_19', 'DE', 'S', 0.19, date '2021-01-01', date '9999-12-31', 'VAT act')
) as rows(tax_rate_id, country, category, tax_rate, valid_from_date, valid_to_date, source);
create table catalog.contract_prices (
    contract_price_id varchar, contract_id varchar, organization_id varchar, model_id varchar,
    meter varchar, service_tier varchar, context_above_tokens bigint, currency varchar,
    unit_price decimal(18, 12), valid_from_date date, valid_to_date date
);
create table catalog.discounts as from (values
    ('d_all', 'c_berlin', 'org_berlin', 'Everything', 1, 0.1, '', date '2026-01-01',
     date '9999-12-31'),
    ('d_sonnet', 'c_berlin', 'org_berlin', 'Sonnet', 2, 0.2, 'sonnet', date '2026-01-01',
     date '9999-12-31')
) as rows(
    discount_id, contract_id, organization_id, name, priority, discount_pct, model_id,
    valid_from_date, valid_to_date
);
create table catalog.model_groups (model_group_id varchar, model_id varchar);
create table catalog.allowances (
    allowance_id varchar, contract_id varchar, name varchar, meter varchar, model_id varchar,
    model_group_id varchar, quantity bigint, valid_from_date date, valid_to_date date,
    organization_id varchar
);
create table catalog.tier_schedules (
    tier_schedule_id varchar, contract_id varchar, name varchar, kind varchar, meter varchar,
    model_id varchar, model_group_id varchar, currency varchar, package_size bigint,
    valid_from_date date, valid_to_date date, organization_id varchar
);
create table catalog.tier_steps (
    tier_schedule_id varchar, above_quantity bigint, unit_price decimal(18, 12)
);
alter table catalog.discounts add column family varchar default '';
alter table catalog.discounts add column provider varchar default '';
alter table catalog.discounts add column service_tier varchar default '';
alter table catalog.discounts add column meter varchar default '';
create table catalog.price_adjustments (
    adjustment_id varchar, contract_id varchar, organization_id varchar, model_id varchar,
    family varchar, provider varchar, off_pct decimal(9, 6), valid_from_date date,
    valid_to_date date
);
create table catalog.region_uplifts (
    uplift_id varchar, provider varchar, model_id varchar, region varchar,
    uplift_pct decimal(9, 6), valid_from_at timestamp, valid_to_at timestamp, source varchar,
    checked_date date
);
create table catalog.price_windows (
    price_window_id varchar, starts_time varchar, ends_time varchar, weekdays varchar,
    zone varchar
);
create table catalog.models as from (values
    ('gpt-5', 'openai', 'gpt'), ('sonnet', 'anthropic', 'claude')
) as rows(model_id, provider, family);
create table catalog.credits (
    credit_id varchar, organization_id varchar, valid_from_date date, valid_to_date date
);
create table catalog.spend_terms (
    spend_term_id varchar, contract_id varchar, organization_id varchar, kind varchar,
    period varchar, currency varchar, amount decimal(28, 3), valid_from_date date,
    valid_to_date date
);
create table catalog.prices (
    price_id varchar, model_id varchar, meter varchar, service_tier varchar default 'default',
    context_above_tokens bigint default 0, region varchar default '',
    currency varchar default 'USD', unit_price decimal(18, 12), valid_from_at timestamp,
    valid_to_at timestamp default '9999-12-31', source varchar default 'list of June',
    checked_date date default '2026-06-30', price_window_id varchar default ''
);
insert into catalog.prices (
    price_id, model_id, meter, unit_price, valid_from_at, valid_to_at
) values
('p_gpt_in_old', 'gpt-5', 'input_uncached', 0.000002, '2026-01-01', '2026-09-01'),
('p_gpt_in', 'gpt-5', 'input_uncached', 0.00000125, '2026-09-01', '9999-12-31'),
('p_gpt_out', 'gpt-5', 'output_visible', 0.00001, '2026-01-01', '9999-12-31'),
('p_son_in', 'sonnet', 'input_uncached', 0.000003, '2026-01-01', '9999-12-31');
create table catalog.api_keys as from (values
    ('key_berlin', timestamp '2026-01-01', timestamp '9999-12-31'),
    ('key_kolkata', timestamp '2026-01-01', timestamp '9999-12-31'),
    ('key_plan', timestamp '2026-01-01', timestamp '9999-12-31')
) as rows(api_key_id, valid_from_at, valid_to_at);
create table catalog.model_aliases as from (values ('gpt-5-2025-08-07', 'gpt-5'))
as rows(alias, model_id);
create table catalog.model_patterns (
    pattern_id varchar, pattern varchar, precedence bigint, model_id varchar
);
create table catalog.context_ladder as from (values (2000000))
as rows(threshold_tokens);
create table catalog.plans as from (values ('plan_solo', 'Solo', 19.00, 'EUR'))
as rows(plan_id, name, monthly_fee, currency);
create table catalog.subscriptions as from (values
    (
        'sub_plan', 'org_plan', 'plan', 'plan_solo', 'EUR', date '2026-01-31', date '9999-12-31',
        '', date '2026-01-31', date '9999-12-31'
    )
) as rows(
    subscription_id, organization_id, kind, plan_id, currency, starts_date, ends_date,
    changed_from, counted_from_date, changed_date
);
create table catalog.subscription_items (
    subscription_id varchar, model_id varchar, service_tier varchar, monthly_fee decimal(28, 3)
);
"""
