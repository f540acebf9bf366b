"""October under two real editions of a public price list, split at an instant mid-month.

Edition 1.101.0 holds until 15 October 13:45 UTC, edition 1.109.1 from then on. US dollars per
million tokens, as the two files have them:

| model, tier | 1.101.0 input / output | 1.109.1 input / output |
|---|---|---|
| Claude Sonnet 4.5 above 200,000 tokens | 6 / 22.5 | 3 / 15 (the band was dropped) |
| Gemini 2.5 Pro, priority | 1.25 / 10 | 2.25 / 18 |
| GPT-5 | 1.25 / 10 | 1.25 / 10 |
| GPT-5, batch | none | 0.625 / 5 |

org_nomad is billed in euros, by the last ECB rate of the month: 1 USD = 0.89509488 EUR. A unit
price is the list price times that rate, rounded half up to 12 decimals:

    0.000006   x 0.89509488 = 0.00000537056928   -> 0.000005370569
    0.0000225  x 0.89509488 = 0.0000201396348    -> 0.000020139635
    0.000003   x 0.89509488 = 0.00000268528464   -> 0.000002685285
    0.000015   x 0.89509488 = 0.0000134264232    -> 0.000013426423
    0.00000125 x 0.89509488 = 0.0000011188686    -> 0.000001118869
    0.00001    x 0.89509488 = 0.0000089509488    -> 0.000008950949
    0.00000225 x 0.89509488 = 0.00000201396348   -> 0.000002013963
    0.000018   x 0.89509488 = 0.00001611170784   -> 0.000016111708

Each model answers twice, in the last millisecond before the split and at the split:

    Sonnet  250,000 in, 1,000 out   1.34264225 + 0.020139635   then 0.67132125 + 0.013426423
    Gemini   10,000 in,   100 out   0.01118869 + 0.0008950949  then 0.02013963 + 0.0016111708
    GPT-5     1,000 in,   100 out   2 x 0.001118869 + 2 x 0.0008950949, one price, one row

Together 2.047529558 + 0.0338345857 + 0.0040279278 = 2.0853920715, so 2.09 EUR; reverse charge.
"""

import shutil
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from billing.periods import BillingMonth
from tests.orchestration.installation import ROOT, Installation
from tests.orchestration.test_bad_input import GOOD, write_log

pytestmark = pytest.mark.long

LISTS = ROOT / "tests" / "price_lists"
SPLIT = "2026-10-15T13:45:00Z"
BEFORE = "2026-10-15T13:44:59.999Z"
SENT = {
    "claude-sonnet-4-5": ("default", 250_000, 1_000),
    "gemini-2.5-pro": ("priority", 10_000, 100),
    "gpt-5": ("default", 1_000, 100),
}
CHARGES = {
    ("claude-sonnet-4-5", "input_uncached", "0.000005370569", 250_000),
    ("claude-sonnet-4-5", "input_uncached", "0.000002685285", 250_000),
    ("claude-sonnet-4-5", "output_visible", "0.000020139635", 1_000),
    ("claude-sonnet-4-5", "output_visible", "0.000013426423", 1_000),
    ("gemini-2.5-pro", "input_uncached", "0.000001118869", 10_000),
    ("gemini-2.5-pro", "input_uncached", "0.000002013963", 10_000),
    ("gemini-2.5-pro", "output_visible", "0.000008950949", 100),
    ("gemini-2.5-pro", "output_visible", "0.000016111708", 100),
    ("gpt-5", "input_uncached", "0.000001118869", 2_000),
    ("gpt-5", "output_visible", "0.000008950949", 200),
}
BATCH_USERS = ["org_aurora", "org_bharat", "org_cobalt", "org_denki"]


@pytest.fixture(scope="module")
def home(
    closed_sample: Installation, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, Any]:
    """The sample and six requests more, rated under both editions; what the close said."""
    root = tmp_path_factory.mktemp("repriced") / "home"
    home = closed_sample.copy(root)
    shutil.rmtree(root / "books")
    shutil.rmtree(root / "documents")
    prices = root / "catalog" / "prices.csv"
    prices.write_text(prices.read_text().partition("\n")[0] + "\n")
    for edition, starts in (("1.101.0", "2026-01-01T00:00:00Z"), ("1.109.1", SPLIT)):
        file = LISTS / f"litellm-{edition}.json"
        home.must(
            "catalog", "import", "litellm", file, "--edition", edition, "--valid-from", starts
        )
    home.must("ingest", write_log(root / "nomad.jsonl", *_requests()))
    done = home.run("close", "2026-10", "--finalize", "--json")
    assert done.code == 3, done.err
    return home, done.json


def _requests() -> list[dict[str, object]]:
    return [
        GOOD
        | {
            "request_id": f"{model} {at}",
            "completed_at": at,
            "started_at": "2026-10-15T13:40:00Z",
            "api_key_id": "key_nomad_01",
            "requested_model": model,
            "model": model,
            "provider": "",
            "service_tier": tier,
            "service_tier_served": tier,
            "input_uncached": given,
            "output_visible": made,
        }
        for model, (tier, given, made) in SENT.items()
        for at in (BEFORE, SPLIT)
    ]


def test_the_second_edition_changes_only_what_it_prices_otherwise(
    home: tuple[Installation, Any],
) -> None:
    rows = (home[0].root / "catalog" / "prices.csv").read_text().splitlines()
    changed = [row for row in rows if ",litellm 1.109.1," in row]
    assert {row.split(",")[3] for row in changed} == {"default", "batch", "flex", "priority"}
    in_default = {tuple(row.split(",")[1:5]) for row in changed if ",default," in row}
    assert {(model, above) for model, _, _, above in in_default} == {
        ("claude-sonnet-4-5", "200000")
    }
    assert not [row for row in changed if row.startswith("gpt-5/") and ",default," in row]


def test_both_halves_are_billed_as_a_hand_calculation_bills_them(
    home: tuple[Installation, Any],
) -> None:
    installation, closed = home
    (invoice,) = [e for e in closed["invoices"] if e["organization_id"] == "org_nomad"]
    assert (invoice["subtotal"], invoice["total"]) == ("2.09", "2.09")
    explained = installation.must("explain", invoice["number"], "--json").json
    charges = [(line, charge) for line in explained["lines"] for charge in line["charges"]]
    assert {
        (line["model_id"], line["meter"], each["unit_price"], each["quantity"])
        for line, each in charges
    } == CHARGES
    exact = sum((Decimal(each["net_amount"]) for _, each in charges), Decimal(0))
    assert exact == Decimal("2.0853920715")


def test_the_explanation_names_the_edition_of_each_half(home: tuple[Installation, Any]) -> None:
    installation, closed = home
    (number,) = [e["number"] for e in closed["invoices"] if e["organization_id"] == "org_nomad"]
    text = installation.must("explain", number).out
    for price, edition, start in (
        ("0.000006 USD", "1.101.0", "2026-01-01T00:00:00Z"),
        ("0.000003 USD", "1.109.1", SPLIT),
        ("0.000018 USD", "1.109.1", SPLIT),
        ("0.00001 USD", "1.101.0", "2026-01-01T00:00:00Z"),
    ):
        assert any(
            price in line and f"from litellm {edition}" in line and start in line
            for line in text.splitlines()
        ), (price, edition)


def test_batch_usage_before_its_first_price_holds_back_those_who_sent_it(
    home: tuple[Installation, Any],
) -> None:
    blocked = {each["organization_id"]: each["reason"] for each in home[1]["blocked"]}
    assert sorted(blocked) == BATCH_USERS
    assert all("batch" in reason for reason in blocked.values())


def test_the_sample_costs_on_each_side_what_its_tokens_cost_by_the_edition(
    home: tuple[Installation, Any],
) -> None:
    """List cost by half: tokens of the rollup times dollars per token of the edition.

    Input, cache reads and output; Sonnet's batch cache reads are 0.15 per million.
    """
    default = {"gpt-5": ("0.00000125", "0.000000125", "0.00001")}
    batch = {
        "gpt-5": ("0.000000625", "0.0000000625", "0.000005"),
        "claude-sonnet-4-5": ("0.0000015", "0.00000015", "0.0000075"),
    }
    with duckdb.connect(str(home[0].warehouse), read_only=True) as connection:
        tokens, listed = _tokens(connection), _listed(connection)
    for model, prices in default.items():
        for is_after in (False, True):
            key = (model, "default", is_after)
            assert listed[key] == _cost(prices, tokens[key]), key
    for model, prices in batch.items():
        assert (model, "batch", False) not in listed
        assert sum(tokens[model, "batch", False]) > 0
        assert listed[model, "batch", True] == _cost(prices, tokens[model, "batch", True]), model


Half = tuple[str, str, bool]
"""Model, tier, and whether it is the half from the split on."""


def _cost(prices: tuple[str, ...], tokens: list[int]) -> Decimal:
    return sum((Decimal(p) * n for p, n in zip(prices, tokens, strict=True)), Decimal(0))


def _tokens(connection: duckdb.DuckDBPyConnection) -> dict[Half, list[int]]:
    """Billable input, cache reads and output of October, each organization's in its own zone."""
    zones = dict(
        connection.sql("select organization_id, zone from catalog.billing_profiles").fetchall()
    )
    rows = connection.sql(
        """
        select organization_id, billed_model_id, service_tier, quarter_hour,
            input_uncached_tokens, cache_read_tokens,
            output_visible_tokens + output_reasoning_tokens
        from intermediate.int_usage__quarter_hours
        inner join intermediate.dim_usage_key using (usage_key_id)
        where not_billed_reason = '' and organization_id in (
            select organization_id from catalog.billing_profiles
        )
        """
    ).fetchall()
    found: dict[Half, list[int]] = {}
    for organization, model, tier, at, *counts in rows:
        starts, ends = BillingMonth(2026, 10).bounds(zones[organization])
        instant = at.replace(tzinfo=UTC)
        if starts <= instant < ends:
            key = (model, tier, instant >= datetime.fromisoformat(SPLIT))
            found[key] = [a + b for a, b in zip(found.get(key, [0] * 3), counts, strict=True)]
    return found


def _listed(connection: duckdb.DuckDBPyConnection) -> dict[Half, Decimal]:
    """List cost of tokens in US dollars as it was rated; what has no price is left out."""
    rows = connection.execute(
        """
        select billed_model_id, service_tier, starts_at >= ?,
            cast(sum(quantity * list_unit_price) as decimal(38, 12))
        from intermediate.int_rating__priced
        where list_unit_price is not null and meter <> 'web_search'
        group by all
        """,
        [datetime.fromisoformat(SPLIT).replace(tzinfo=None)],
    ).fetchall()
    return {(model, tier, is_after): cost for model, tier, is_after, cost in rows}
