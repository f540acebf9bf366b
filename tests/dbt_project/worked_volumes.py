"""Customers whose month is worked out by hand: one for each way to count, two with less late.

List prices per token: alpha 0.13, from 16 October 0.163; beta 0.23, gamma 0.33.

org_free: the first 1,000 input tokens of beta and gamma together are free; alpha costs 0.10 up
to 1,000 and 0.05 above. Alpha 600 and, after the price change, 600: 600 x 0.10 = 60.00, 400 x
0.10 = 40.00, 200 x 0.05 = 10.00. In one quarter hour beta 700 and gamma 500: beta's 700 and 300
of gamma are free, 200 x 0.33 = 66.00. Together 176.00. Late: 100 of alpha on 1 October lie above
1,000, for October counted 1,200 already: 5.00.

org_packages: 100 output tokens for 25.00. Project 1 uses 100 (starts one), project 2 uses 1
(starts the second), project 1 uses 99 (fills it), project 2 uses 50 (starts the third): 250
tokens, 3 packages, 75.00; project 1 25.00, project 2 50.00.

org_volume: 0.10 for a month's total up to 1,000, 0.08 above. October: 1,000 x 0.10 = 100.00.
One token late makes 1,001 x 0.08 = 80.08: 1,000 are taken back at 0.10 and charged at 0.08, on
one credit note of 20.00, and 1 costs 0.08 on the invoice, together -19.92. org_dearer has the
same price and bills 1,001 x 0.08 = 80.08; one token taken back makes 1,000 x 0.10 = 100.00: on
the invoice 1,001 move for 100.10 - 80.08 = 20.02, and a note gives 0.10 back, together 19.92.

org_back: alpha's input as org_free's, 1,000 of beta's free, output in packages as org_packages'.
October: 900 and 300 of alpha: 90.00, 10.00 and 10.00; 1,200 of beta: 200 x 0.23 = 46.00; 190 and
60 of output start 3 packages: 75.00. Late, the 300, the 60, and 300 of beta are taken back: the
last 300 of alpha go back 200 x 0.05 and 100 x 0.10 = 20.00, beta 200 x 0.23 = 46.00 and 100 free
ones, one package 25.00. The note is 91.00, whatever November's terms are: for these 100 of gamma
x 0.183 = 18.30, a coupon of 5.00 and a maximum of 12.00 leave 12.00, of which a balance pays 3.00.

org_least: 100 of gamma x 0.33 = 33.00; 40 are taken back, 13.20. From November on 10.00 a month
are owed at least: a note of 13.20 and an invoice of 10.00.
"""

from datetime import datetime

from tests.dbt_project.volume_month import Files, Row, add_customer, event, no_customers

IDS = ["org_free", "org_packages", "org_volume", "org_dearer", "org_back", "org_least"]
ALWAYS = {"valid_from_date": "2026-01-01", "valid_to_date": ""}
FROM_NOVEMBER = {"valid_from_date": "2026-11-01", "valid_to_date": ""}
BACK = {"kind": "reversal"}
USED: tuple[tuple[str, int, str, Row], ...] = (
    ("org_free", 1, "2026-10-02 08:00", {"input_uncached": 600}),
    ("org_free", 1, "2026-10-20 08:00", {"input_uncached": 600}),
    ("org_free", 1, "2026-10-03 08:14", {"input_uncached": 700, "model": "beta"}),
    ("org_free", 1, "2026-10-03 08:00", {"input_uncached": 500, "model": "gamma"}),
    ("org_free", 2, "2026-10-01 08:00", {"input_uncached": 100}),
    ("org_packages", 1, "2026-10-02 08:00", {"output_visible": 100}),
    ("org_packages", 1, "2026-10-03 08:00", {"output_visible": 1, "project": 2}),
    ("org_packages", 1, "2026-10-04 08:00", {"output_visible": 99}),
    ("org_packages", 1, "2026-10-05 08:00", {"output_visible": 50, "project": 2}),
    ("org_volume", 1, "2026-10-02 08:00", {"input_uncached": 1000}),
    ("org_volume", 2, "2026-10-01 08:00", {"input_uncached": 1}),
    ("org_dearer", 1, "2026-10-02 08:00", {"input_uncached": 1000}),
    ("org_dearer", 1, "2026-10-03 08:00", {"input_uncached": 1}),
    ("org_dearer", 2, "2026-10-03 08:00", {"input_uncached": 1, **BACK}),
    ("org_back", 1, "2026-10-02 08:00", {"input_uncached": 900}),
    ("org_back", 1, "2026-10-03 08:00", {"input_uncached": 300}),
    ("org_back", 1, "2026-10-04 08:00", {"input_uncached": 900, "model": "beta"}),
    ("org_back", 1, "2026-10-05 08:00", {"input_uncached": 300, "model": "beta"}),
    ("org_back", 1, "2026-10-06 08:00", {"output_visible": 190}),
    ("org_back", 1, "2026-10-07 08:00", {"output_visible": 60}),
    ("org_back", 2, "2026-10-03 08:00", {"input_uncached": 300, **BACK}),
    ("org_back", 2, "2026-10-05 08:00", {"input_uncached": 300, "model": "beta", **BACK}),
    ("org_back", 2, "2026-10-07 08:00", {"output_visible": 60, **BACK}),
    ("org_back", 2, "2026-11-02 08:00", {"input_uncached": 100, "model": "gamma"}),
    ("org_least", 1, "2026-10-02 08:00", {"input_uncached": 60, "model": "gamma"}),
    ("org_least", 1, "2026-10-03 08:00", {"input_uncached": 40, "model": "gamma"}),
    ("org_least", 2, "2026-10-03 08:00", {"input_uncached": 40, "model": "gamma", **BACK}),
)


def worked_events() -> list[Row]:
    """Return the raw rows of two deliveries."""
    return [
        event(organization, file, number, datetime.fromisoformat(at), used)
        | {"kind": used.get("kind", "usage")}
        for number, (organization, file, at, used) in enumerate(USED)
    ]


def worked_customers() -> Files:
    """Return the catalog rows of them all."""
    files = no_customers()
    for organization in IDS:
        contract = {"contract_id": f"contract_{add_customer(files, organization)}"}
        own = {"organization_id": organization, "price_by": "answered", "exchange_source": "ecb"}
        files["contracts"].append({**contract, **own, **ALWAYS})
    files["allowances"].append(
        {"allowance_id": "welcome", "name": "Welcome", "quantity": 1000,
         **_term("free", "input_uncached", model_group_id="pair")}
    )  # fmt: skip
    _schedule(files, "team", ("0", "0.10"), ("1000", "0.05"), kind="graduated",
              **_term("free", "input_uncached", model_id="alpha"))  # fmt: skip
    _schedule(files, "bundle", ("0", "25"), kind="package", package_size=100,
              **_term("packages", "output_visible"))  # fmt: skip
    for name, owner in (("scale", "volume"), ("scale_dearer", "dearer")):
        _schedule(files, name, ("0", "0.10"), ("1000", "0.08"), kind="volume",
                  **_term(owner, "input_uncached"))  # fmt: skip
    _add_what_is_taken_back(files)
    return files


def _add_what_is_taken_back(files: Files) -> None:
    """Add the terms of org_back and org_least, and what their November draws on."""
    files["allowances"].append(
        {"allowance_id": "first", "name": "First", "quantity": 1000,
         **_term("back", "input_uncached", model_id="beta")}
    )  # fmt: skip
    _schedule(files, "team_back", ("0", "0.10"), ("1000", "0.05"), kind="graduated",
              **_term("back", "input_uncached", model_id="alpha"))  # fmt: skip
    _schedule(files, "bundle_back", ("0", "25"), kind="package", package_size=100,
              **_term("back", "output_visible"))  # fmt: skip
    for kind, amount in (("coupon", "5.00"), ("committed", "3.00")):
        files["credits"].append(
            {"credit_id": kind, "organization_id": "org_back", "kind": kind, "name": kind,
             "currency": "USD", "amount": amount, "repeats": "once", "months": 0, **FROM_NOVEMBER}
        )  # fmt: skip
    for owner, kind, amount in (("back", "maximum", "12.00"), ("least", "minimum", "10.00")):
        files["spend_terms"].append(
            {"spend_term_id": kind, "contract_id": f"contract_{owner}", "kind": kind,
             "period": "month", "currency": "USD", "amount": amount, **FROM_NOVEMBER}
        )  # fmt: skip


def _term(owner: str, meter: str, model_id: str = "", model_group_id: str = "") -> Row:
    models = {"model_id": model_id, "model_group_id": model_group_id}
    return {"contract_id": f"contract_{owner}", "meter": meter, **models, **ALWAYS}


def _schedule(files: Files, name: str, *steps: tuple[str, str], **row: object) -> None:
    names = {"tier_schedule_id": name, "name": name.title(), "currency": "USD"}
    files["tier_schedules"].append({"package_size": "", **names, **row})
    files["tier_steps"] += [
        {"tier_schedule_id": name, "above_quantity": above, "unit_price": price}
        for above, price in steps
    ]
