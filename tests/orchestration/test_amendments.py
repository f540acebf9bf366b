"""A retroactive amendment: what was agreed later for a month already invoiced, settled once.

Arithmetic, org_aurora, EUR, 19 %, 10 % off everything and then 20 % off Sonnet; USD 1 is EUR
0.89509488 in October and 0.90 in November. October bills 3,000,000 Sonnet input at 0.000002685285
(net 5.8002156) and 100,000,000 GPT-5 input at 0.000000984604 (98.4604, net 88.61436), each with 300
output; November bills 50,000,000 GPT-5 late, at 0.00000099 (49.50, net 44.55).

On 20 December two things are agreed for October: 5 % more off GPT-5, and Sonnet input at USD
0.000004 from the 5th. GPT-5 input: 5 % of 88.61436 and of 44.55 = 4.430718 + 2.2275 = 6.658218 less;
its output, net 0.00212674545: 0.000106337273 less. Sonnet: 3,000,000 x 0.00000358038 = 10.74114, net
7.7336208: 1.9334052 more. Note on October's invoice, which billed most of October: 6.66, tax 1.27,
total 7.93. December's invoice: 1.93, tax 0.37, total 2.30. January: nothing, it is done once.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.observations import GPT, deliver, documents_of, observation

pytestmark = pytest.mark.long

AURORA = ("--org", "org_aurora")
NOVEMBER, DECEMBER = "2026-12-05T06:00:00Z", "2027-01-05T06:00:00Z"
JANUARY = "2027-02-05T06:00:00Z"
HEAD = "amendment_id,organization_id,service_month,reason,recorded_date\n"


def close(home: Installation, month: str, now: str = "") -> Any:
    return home.must("close", month, "--finalize", "--json", *AURORA, now=now).json


def append(home: Installation, name: str, *rows: str) -> None:
    with (home.root / "catalog" / f"{name}.csv").open("a") as file:
        file.write("".join(f"{row}\n" for row in rows))


@pytest.fixture(scope="module")
def amended(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """December finalized with the amendment of October."""
    home = Installation.new(tmp_path_factory.mktemp("amended") / "home")
    append(home, "exchange_rates", "ecb,USD,EUR,2026-11-30,0.90", "ecb,USD,EUR,2026-12-31,0.80")
    deliver(
        home,
        "1.jsonl",
        observation("a", 3_000_000, 1),
        observation("b", 100_000_000, 1, model=GPT),
    )
    close(home, "2026-10")
    deliver(home, "2.jsonl", observation("b", 150_000_000, 2, model=GPT), now=NOVEMBER)
    close(home, "2026-11", NOVEMBER)
    append(
        home,
        "discounts",
        "disc_aurora_gpt5,contract_aurora_2026,GPT-5,3,0.05,gpt-5,2026-10-01,2026-11-01",
    )
    append(
        home,
        "prices",
        "sonnet/dearer,claude-sonnet-4-5,input_uncached,default,0,,USD,0.000004,"
        "2026-10-05T00:00:00Z,,by hand,2026-12-20",
    )
    (home.root / "catalog" / "amendments.csv").write_text(
        HEAD + "amend_1,org_aurora,2026-10,Agreed in December for October,2026-12-20\n"
    )
    assert close(home, "2026-12", DECEMBER)["blocked"] == []
    return home


def shown(document: dict[str, Any]) -> list[tuple[object, ...]]:
    names = ("kind", "service_month", "model_id", "meter", "unit_price", "amount")
    return [tuple(line[name] for name in names) for line in document["document"]["lines"]]


def test_less_is_given_back_and_more_is_billed_as_adjustments(amended: Installation) -> None:
    documents = documents_of(amended, "2026-12")
    assert sorted(documents) == ["CN-2027-000001", "INV-2027-000001"]
    note, invoice = documents["CN-2027-000001"], documents["INV-2027-000001"]
    of_gpt = ("adjustment", "2026-10", "gpt-5")
    assert shown(note) == [
        (*of_gpt, "input_uncached", "6.658218", "6.66"),
        (*of_gpt, "output_visible", "0.000106337273", "0.00"),
    ]
    assert note["document"]["corrects_number"] == "INV-2026-000001"
    assert note["document"]["totals"]["total"] == "7.93"
    sonnet = ("adjustment", "2026-10", "claude-sonnet-4-5", "input_uncached")
    assert shown(invoice) == [(*sonnet, "1.9334052", "1.93")]
    assert invoice["document"]["totals"]["total"] == "2.30"
    assert amended.must("reconcile", "2026-12", "--json").json["balanced"] is True


def test_an_adjustment_names_its_amendment_and_both_sides(amended: Installation) -> None:
    words = amended.must("explain", "CN-2027-000001").out
    for text in (
        "Amendment amend_1: Agreed in December for October",
        "Filed on INV-2026-000001: net 88.61436",
        "Filed on INV-2026-000002: net 44.55",
        "Rated again as 2026-10 billed it: net 84.183642",
        "Rated again as 2026-11 billed it: net 42.3225",
    ):
        assert text in words


def test_an_amendment_is_carried_out_once(amended: Installation, tmp_path: Path) -> None:
    home = amended.copy(tmp_path / "home")
    for month in ("2026-12", "2027-01"):
        assert close(home, month, JANUARY)["blocked"] == []
    assert home.documents() == amended.documents()


def test_a_rebuild_carries_it_out_in_the_same_month(amended: Installation, tmp_path: Path) -> None:
    home = amended.copy(tmp_path / "home")
    shutil.rmtree(home.warehouse.parent)
    shutil.rmtree(home.root / "documents")
    home.must("ingest", *(home.root / f"{number}.jsonl" for number in (1, 2)), now=JANUARY)
    for month in ("2026-12", "2026-10", "2026-11"):
        assert close(home, month, JANUARY)["blocked"] == []
    assert home.documents() == amended.documents()
