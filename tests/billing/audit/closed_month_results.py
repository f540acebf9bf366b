"""What the warehouse of `closed_month` holds after rating and invoicing, worked out by hand.

Here: literal rows. Change them together with the arithmetic in `closed_month`. Keep out:
anything computed.
"""

import duckdb

RESULTS = """
insert into intermediate.int_rating__charges (
    charge_id, organization_id, billing_month, service_month, terms_from_at, project_id, payer,
    model_id, meter, price_id, contract_id, exchange_rate, currency, list_price, unit_price, quantity,
    list_amount, contracted_amount, discount_amount, net_amount
) values
('a', 'org_berlin', '2026-10-01', '2026-10-01', '2026-09-30 22:00', 'proj_berlin', 'contract',
 'gpt-5', 'input_uncached', 'p_gpt_in', 'c_berlin', 0.9, 'EUR', 0.000001125, 0.000001125, 1000003,
 1.125003375, 1.125003375, 0.1125003375, 1.0125030375),
('b', 'org_berlin', '2026-10-01', '2026-10-01', '2026-09-30 22:00', 'proj_berlin', 'contract',
 'gpt-5', 'output_visible', 'p_gpt_out', 'c_berlin', 0.9, 'EUR', 0.000009, 0.000009, 200,
 0.0018, 0.0018, 0.00018, 0.00162),
('c', 'org_berlin', '2026-10-01', '2026-10-01', '2026-09-30 22:00', 'proj_berlin', 'contract',
 'sonnet', 'input_uncached', 'p_son_in', 'c_berlin', 0.9, 'EUR', 0.0000027, 0.0000027, 500001,
 1.3500027, 1.3500027, 0.378000756, 0.972001944),
('d', 'org_kolkata', '2026-10-01', '2026-10-01', '2026-09-30 18:30', 'proj_kolkata', 'balance',
 'gpt-5', 'input_uncached', 'p_gpt_in', 'c_kolkata', 1, 'USD', 0.00000125, 0.00000125, 1000000,
 1.25, 1.25, 0, 1.25);

insert into intermediate.int_rating__discounts values
('a', 'org_berlin', '2026-10-01', 'd_all', 1, 0.1, 1.125003375, 0.1125003375),
('b', 'org_berlin', '2026-10-01', 'd_all', 1, 0.1, 0.0018, 0.00018),
('c', 'org_berlin', '2026-10-01', 'd_all', 1, 0.1, 1.3500027, 0.13500027),
('c', 'org_berlin', '2026-10-01', 'd_sonnet', 2, 0.2, 1.21500243, 0.243000486);

insert into finance.cost_monthly values
('org_berlin', '2026-10-01', 'gpt-5', 'EUR', 1, 1,
 1.126803375, 1.126803375, 0.1126803375, 1.0141230375),
('org_berlin', '2026-10-01', 'sonnet', 'EUR', 1, 1,
 1.3500027, 1.3500027, 0.378000756, 0.972001944),
('org_kolkata', '2026-10-01', 'gpt-5', 'USD', 1, 1, 1.25, 1.25, 0, 1.25),
('org_plan', '2026-10-01', 'gpt-5', 'EUR', 1, 0, 0, 0, 0, 0);

insert into finance.cost_by_project values
('org_berlin', '2026-10-01', 'proj_berlin', 'gpt-5', 'EUR',
 1.126803375, 1.126803375, 0.1126803375, 1.0141230375),
('org_berlin', '2026-10-01', 'proj_berlin', 'sonnet', 'EUR',
 1.3500027, 1.3500027, 0.378000756, 0.972001944),
('org_kolkata', '2026-10-01', 'proj_kolkata', 'gpt-5', 'USD', 1.25, 1.25, 0, 1.25),
('org_plan', '2026-10-01', 'proj_plan', 'gpt-5', 'EUR', 0, 0, 0, 0);

-- In September org_berlin was charged 0.90 EUR net of 1 EUR for 1,000,000 gpt-5 input tokens.
-- Tokens grow to 1,000,003 + 200 + 500,001 = 1,500,204: 0.9 x 1.500204 = 1.3501836. The input at
-- its old price is 0.9 x 1.000003 = 0.9000027; at its new price less 10 % it is what was charged,
-- 1.0125030375. Output and sonnet are new, so all of them is mix.
insert into intermediate.int_rating__charges (
    charge_id, organization_id, billing_month, service_month, terms_from_at, project_id, payer,
    model_id, meter, price_id, contract_id, exchange_rate, currency, list_price, unit_price, quantity,
    list_amount, contracted_amount, discount_amount, net_amount
) values
('z', 'org_berlin', '2026-09-01', '2026-09-01', '2026-08-31 22:00', 'proj_berlin', 'contract',
 'gpt-5', 'input_uncached', 'p_gpt_in', 'c_berlin', 0.8, 'EUR', 0.000001, 0.000001, 1000000,
 1, 1, 0.1, 0.9);

insert into finance.cost_change_by_model values
('org_berlin', '2026-10-01', 'gpt-5', 'previous_month', 'EUR', 0.9, 1.0141230375, 0.1141230375,
 0.4501836, -0.4485609, 0.1125003375, 0),
('org_berlin', '2026-10-01', 'sonnet', 'previous_month', 'EUR', 0, 0.972001944, 0.972001944,
 0, 0.972001944, 0, 0),
('org_kolkata', '2026-10-01', 'gpt-5', 'no_previous_month', 'USD', 0, 1.25, 1.25, 1.25, 0, 0, 0);

insert into finance.cost_change_monthly values
('org_berlin', '2026-10-01', 'previous_month', 'EUR', 0.9, 1.9861249815, 1.0861249815,
 0.4501836, 0.523441044, 0.1125003375, 0),
('org_kolkata', '2026-10-01', 'no_previous_month', 'USD', 0, 1.25, 1.25, 1.25, 0, 0, 0);

insert into finance.fct_invoice_lines (
    organization_id, billing_month, payment_mode, corrects_month, line_number, line_kind,
    service_month, terms_from_at, period_first_date, period_last_date, model_id, meter,
    service_tier, context_band, price_id, contract_price_id, plan_id, quantity, unit_price,
    base_quantity, exact_amount, exact_net_amount, line_amount, tax_category, tax_rate, currency
) values
('org_berlin', '2026-10-01', 'enterprise', '2026-10-01', 1, 'usage', '2026-10-01', '2026-09-30 22:00',
 '2026-10-01', '2026-10-31', 'gpt-5', 'input_uncached', 'default', 0, 'p_gpt_in', '', '',
 1000003, 0.000001125, 1000000, 1.125003375, 1.0125030375, 1.13, 'S', 0.19, 'EUR'),
('org_berlin', '2026-10-01', 'enterprise', '2026-10-01', 2, 'usage', '2026-10-01', '2026-09-30 22:00',
 '2026-10-01', '2026-10-31', 'gpt-5', 'output_visible', 'default', 0, 'p_gpt_out', '', '',
 200, 0.000009, 1000000, 0.0018, 0.00162, 0.00, 'S', 0.19, 'EUR'),
('org_berlin', '2026-10-01', 'enterprise', '2026-10-01', 3, 'usage', '2026-10-01', '2026-09-30 22:00',
 '2026-10-01', '2026-10-31', 'sonnet', 'input_uncached', 'default', 0, 'p_son_in', '', '',
 500001, 0.0000027, 1000000, 1.3500027, 0.972001944, 1.35, 'S', 0.19, 'EUR'),
('org_kolkata', '2026-10-01', 'prepaid', '2026-10-01', 1, 'usage', '2026-10-01', '2026-09-30 18:30',
 '2026-10-01', '2026-10-31', 'gpt-5', 'input_uncached', 'default', 0, 'p_gpt_in', '', '',
 1000000, 0.00000125, 1000000, 1.25, 1.25, 1.25, 'O', 0, 'USD'),
('org_plan', '2026-10-01', 'subscription', '2026-10-01', 1, 'plan_fee', '2026-10-01', '2026-09-30 22:00',
 '2026-10-31', '2026-11-29', '', '', '', 0, '', '', 'plan_solo',
 1, 19, 1, 19, 19, 19, 'S', 0.19, 'EUR');

update intermediate.int_rating__charges set charged_quantity = quantity;
update intermediate.int_rating__charges
set exchange_source = 'ecb', exchange_rate_date = case currency when 'EUR' then date '2026-10-30' end;
update finance.fct_invoice_lines set charged_quantity = quantity;
update finance.fct_invoice_lines set subscription_id = 'sub_plan' where line_kind = 'plan_fee';

insert into finance.fct_invoice_discounts (
    organization_id, billing_month, payment_mode, corrects_month, discount_id, discount_pct,
    tax_category, tax_rate, base_amount, discount_amount, currency
) values
('org_berlin', '2026-10-01', 'enterprise', '2026-10-01', 'd_all', 0.1, 'S', 0.19, 2.48, 0.25, 'EUR'),
('org_berlin', '2026-10-01', 'enterprise', '2026-10-01', 'd_sonnet', 0.2, 'S', 0.19, 1.21, 0.24, 'EUR');

insert into finance.fct_invoice_taxes values
('org_berlin', '2026-10-01', 'enterprise', '2026-10-01', 'S', 0.19, 2.48, 0.49, 1.99, 0.38, 'EUR'),
('org_kolkata', '2026-10-01', 'prepaid', '2026-10-01', 'O', 0, 1.25, 0, 1.25, 0, 'USD'),
('org_plan', '2026-10-01', 'subscription', '2026-10-01', 'S', 0.19, 19, 0, 19, 3.61, 'EUR');

insert into finance.fct_invoices values
('org_berlin', '2026-10-01', 'enterprise', '2026-10-01', 'EUR', 2, 2.48, 0.49, 1.99, 0.38, 2.37, 2.37,
 1.9861249815, 0.0038750185),
('org_kolkata', '2026-10-01', 'prepaid', '2026-10-01', 'USD', 2, 1.25, 0, 1.25, 0, 1.25, 0, 1.25, 0),
('org_plan', '2026-10-01', 'subscription', '2026-10-01', 'EUR', 2, 19, 0, 19, 3.61, 22.61, 22.61, 19, 0);

insert into books.opening_balance values ('org_kolkata', '2026-10-01', 5);
insert into books.opening_lot values
('org_kolkata', '2026-10-01', 'top_0', 'purchased', '2026-09-01', null, 'Card 1', 5);
insert into finance.fct_prepaid_deductions values
('org_kolkata', '2026-10-01', '2026-10-04 10:00', 1.25);
insert into finance.prepaid_lots (
    organization_id, billing_month, lot_id, lot_kind, draw_place, currency, opening_amount,
    granted_amount, drawn_amount, remaining_amount, exact_drawn_amount
) values
('org_kolkata', '2026-10-01', 'top_0', 'purchased', 1, 'USD', 5, 0, 1.25, 3.75, 1.25),
('org_kolkata', '2026-10-01', 'top_1', 'purchased', 2, 'USD', 0, 10, 0, 10, 0);
insert into finance.fct_prepaid_entries values
('org_kolkata', '2026-10-01', 'opening', '2026-09-30 18:30', 5, 'USD'),
('org_kolkata', '2026-10-01', 'top_up', '2026-10-05 00:00', 10, 'USD'),
('org_kolkata', '2026-10-01', 'consumption', '2026-10-31 18:30', -1.25, 'USD'),
('org_kolkata', '2026-10-01', 'closing', '2026-10-31 18:30', 13.75, 'USD');

insert into finance.reconciliation values
('org_berlin', '2026-10-01', 'requests', 2, 2, 0, 0, 0, 2, 2, 2, true),
('org_berlin', '2026-10-01', 'input_uncached',
 1500004, 1500004, 0, 0, 0, 1500004, 1500004, 1500004, true),
('org_berlin', '2026-10-01', 'output_visible', 200, 200, 0, 0, 0, 200, 200, 200, true),
('org_kolkata', '2026-10-01', 'requests', 1, 1, 0, 0, 0, 1, 1, 1, true),
('org_kolkata', '2026-10-01', 'input_uncached',
 1000000, 1000000, 0, 0, 0, 1000000, 1000000, 1000000, true),
('org_plan', '2026-10-01', 'requests', 2, 0, 1, 1, 0, 1, 0, 0, true),
('org_plan', '2026-10-01', 'input_uncached', 80, 0, 40, 40, 0, 40, 0, 0, true),
('unknown', '2026-10-01', 'requests', 1, 0, 0, 0, 1, 0, 0, 0, true);
"""


def insert_results(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill charges, documents, entries and the reconciliation."""
    connection.execute(RESULTS)
