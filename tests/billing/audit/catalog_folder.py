"""A catalog folder of CSV files for the audit's tests.

Here: header lines and a small catalog that is in order. Add a file when the audit reads it.
Keep out: expected amounts.
"""

from pathlib import Path

CATALOG = {
    "billing_profiles": """
organization_id,currency,zone,tax_treatment_id,invoice_when_empty
org_berlin,EUR,Europe/Berlin,de_standard,false
org_kolkata,USD,Asia/Kolkata,statement,false
org_plan,EUR,Europe/Berlin,de_standard,false
""",
    "api_keys": """
api_key_id,organization_id,payer
key_berlin,org_berlin,contract
key_kolkata,org_kolkata,balance
key_plan,org_plan,plan
""",
    "models": """
model_id,provider,family
gpt-5,openai,gpt
sonnet,anthropic,claude
""",
    "model_aliases": """
alias,model_id
gpt-5-2025-08-07,gpt-5
""",
    "prices": """
price_id,model_id,meter,service_tier,context_above_tokens,region,currency,unit_price,valid_from_at,valid_to_at
p_gpt_in_old,gpt-5,input_uncached,default,0,,USD,0.00000200,2026-01-01T00:00:00Z,
p_gpt_in,gpt-5,input_uncached,default,0,,USD,0.00000125,2026-09-01T00:00:00Z,
p_gpt_out,gpt-5,output_visible,default,0,,USD,0.00001,2026-01-01T00:00:00Z,
p_son_in,sonnet,input_uncached,default,0,,USD,0.000003,2026-01-01T00:00:00Z,
""",
    "contracts": """
contract_id,organization_id,price_by,exchange_source,valid_from_date,valid_to_date
c_berlin,org_berlin,answered,ecb,2026-01-01,
c_kolkata,org_kolkata,answered,ecb,2026-01-01,
c_plan,org_plan,answered,ecb,2026-01-01,
""",
    "contract_prices": """
contract_price_id,contract_id,model_id,meter,service_tier,context_above_tokens,currency,unit_price,valid_from_date,valid_to_date
""",
    "discounts": """
discount_id,contract_id,priority,discount_pct,model_id,valid_from_date,valid_to_date
d_all,c_berlin,1,0.1,,2026-01-01,
d_sonnet,c_berlin,2,0.2,sonnet,2026-01-01,
""",
    "plans": """
plan_id,monthly_fee
plan_solo,19.00
""",
    "subscriptions": """
subscription_id,organization_id,kind,plan_id,starts_date,ends_date
sub_plan,org_plan,plan,plan_solo,2026-01-31,
""",
    "subscription_items": """
subscription_id,model_id,service_tier,monthly_fee
""",
    "top_ups": """
top_up_id,organization_id,occurred_at,amount,kind
top_1,org_kolkata,2026-10-05T00:00:00Z,10.00,purchased
top_2,org_kolkata,2026-10-31T18:30:00Z,77.00,purchased
""",
    "tax_rates": """
country,category,tax_rate,valid_from_date,valid_to_date
DE,S,0.16,2020-07-01,2021-01-01
DE,S,0.19,2021-01-01,
""",
    "tax_treatments": """
tax_treatment_id,category,country
de_standard,S,DE
statement,O,
""",
    "exchange_rates": """
source,base_currency,quote_currency,rate_date,rate
ecb,USD,EUR,2026-10-01,0.70000000
ecb,USD,EUR,2026-10-30,0.90000000
ecb,USD,EUR,2026-11-02,0.50000000
""",
    "outcome_rules": """
outcome,is_billed,not_billed_reason
success,true,
upstream_error,false,upstream_error
""",
}


def write_catalog(folder: Path, **changed: str) -> Path:
    """Write the catalog; `changed` replaces whole files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**CATALOG, **changed}.items():
        (folder / f"{name}.csv").write_text(text.strip() + "\n", encoding="utf-8")
    return folder
