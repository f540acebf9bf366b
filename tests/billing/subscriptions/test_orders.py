"""What cannot be bought, by item and field."""

import json
from dataclasses import replace

import polars as pl
import pytest

from billing.errors import MeterbookError
from billing.subscriptions import CustomerFiles
from billing.subscriptions.orders import custom_order

GOOD = {
    "modelId": "gpt-5",
    "channelTier": "stable",
    "dailyCallLimit": 1000,
    "monthlyTokenCap": 200,
    "monthlyFee": "9.99",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"modelId": "gpt-99"}, "row 2, field modelId: 'gpt-99' is no model"),
        ({"modelId": 5}, "row 2, field modelId: 5 is no model"),
        ({"modelId": ["gpt-5"]}, r"row 2, field modelId: \['gpt-5'\] is no model"),
        ({"channelTier": "gold"}, "row 2, field channelTier: 'gold' is no tier"),
        ({"channelTier": None}, "row 2, field channelTier: None is no tier"),
        ({"dailyCallLimit": 0}, "row 2, field dailyCallLimit: 0 is no limit"),
        ({"dailyCallLimit": True}, "row 2, field dailyCallLimit: True is no limit"),
        ({"monthlyTokenCap": 0}, "row 2, field monthlyTokenCap: 0 is no limit"),
        ({"monthlyTokenCap": -3}, "row 2, field monthlyTokenCap: -3 is no limit"),
        ({"monthlyTokenCap": 10**15 + 1}, "row 2, field monthlyTokenCap"),
        ({"monthlyTokenCap": 1.5}, "row 2, field monthlyTokenCap"),
        ({"monthlyTokenCap": "200"}, "row 2, field monthlyTokenCap: '200' is no limit"),
        ({"monthlyFee": 9.99}, "row 2, field monthlyFee"),
        ({"monthlyFee": "9.999"}, "row 2, field monthlyFee: '9.999' is no fee"),
        ({"monthlyFee": "-1"}, "row 2, field monthlyFee: '-1' is no fee"),
        ({"monthlyFee": "1e3"}, "row 2, field monthlyFee: '1e3' is no fee"),
        ({"monthlyFee": "NaN"}, "row 2, field monthlyFee: 'NaN' is no fee"),
        ({"monthlyFee": "\u0661"}, "row 2, field monthlyFee"),
        ({"colour": "red"}, "row 2, field colour: is unknown"),
        ({"modelId": "qwen-max"}, "row 2, field modelId: qwen-max is there twice"),
    ],
)
def test_a_bad_item_is_named(files: CustomerFiles, change: dict[str, object], message: str) -> None:
    text = json.dumps([{**GOOD, "modelId": "qwen-max"}, {**GOOD, **change}])
    with pytest.raises(MeterbookError, match=message):
        custom_order(files, text, "order.json", "USD")


def test_all_problems_are_named_at_once(files: CustomerFiles) -> None:
    text = json.dumps([{**GOOD, "modelId": "x", "channelTier": "y"}, 7])
    with pytest.raises(MeterbookError) as refused:
        custom_order(files, text, "order.json", "USD")
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1", "null", "[" * 100_000])
def test_what_is_no_list_of_items_is_refused(files: CustomerFiles, text: str) -> None:
    with pytest.raises(MeterbookError, match=r"order.json: is (no list|not JSON)"):
        custom_order(files, text, "order.json", "USD")


def test_a_fee_fits_the_currency(files: CustomerFiles) -> None:
    text = json.dumps([{**GOOD, "monthlyFee": "100.5"}])
    with pytest.raises(MeterbookError, match="Write the fee in JPY"):
        custom_order(files, text, "order.json", "JPY")
    text = json.dumps([{**GOOD, "monthlyFee": "100.00"}])
    assert custom_order(files, text, "order.json", "JPY").items[0].monthly_fee == 100


def test_an_item_without_a_fee_costs_what_the_list_says(files: CustomerFiles) -> None:
    bought = {name: value for name, value in GOOD.items() if name != "monthlyFee"}
    with pytest.raises(MeterbookError, match="monthlyFee: is missing"):
        custom_order(files, json.dumps([bought]), "order.json", "USD")
    listed = pl.DataFrame(
        {
            "model_id": ["gpt-5", "gpt-5"],
            "service_tier": ["basic", "stable"],
            "currency": ["USD", "USD"],
            "monthly_fee": ["1.00", "12.50"],
        }
    ).with_columns(pl.col("monthly_fee").cast(pl.Decimal(28, 3)))
    with_list = replace(files, tables={**files.tables, "item_fees": listed})
    (item,) = custom_order(with_list, json.dumps([bought]), "order.json", "USD").items
    assert str(item.monthly_fee) == "12.500"
