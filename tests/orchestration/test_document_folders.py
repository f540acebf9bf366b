"""Folders of documents: ids that could be paths lead nowhere but into their own folder."""

from decimal import Decimal
from pathlib import Path

import pytest

from billing.invoicing.drafts import DraftDocument
from billing.periods import BillingMonth
from orchestration.rendering import (
    clear_drafts,
    draft_folder,
    folder_of,
    organization_folder,
    render_drafts,
)
from tests.invoice_render.top_up_factories import top_up_invoice

OCTOBER = BillingMonth.parse("2026-10")


def draft(top_up_id: str, place: int, organization_id: str = "org_aurora") -> DraftDocument:
    """A draft of the invoice of one top-up."""
    data = top_up_invoice().model_dump()
    data |= {"number": "", "issue_date": None, "issued_at": None, "status": "draft"}
    data["top_up"] |= {"top_up_id": top_up_id}
    parts = ("prepaid", data, None, None, Decimal(0))
    return DraftDocument(organization_id, *parts, top_up_place=place)


@pytest.mark.parametrize("name", ["org_aurora", "ORG-7", "a.b", "o..1", "x" * 200, "o:1@eu+2"])
def test_an_ordinary_id_is_its_own_folder(name: str, tmp_path: Path) -> None:
    assert folder_of(tmp_path, name, "INV-2026-000001") == tmp_path / name / "INV-2026-000001"


HOSTILE = [
    "x/../../org_b",
    "org_b/INV-2026-000001",
    "org_b/",
    "../org_b",
    ".",
    "..",
    "a/.",
    "/etc",
    "a%2Fb",
    "a/b",
    "x" * 201,
    "x" * 200 + "/y",
    "x" * 300 + "1",
    "x" * 300 + "2",
]


def test_a_hostile_id_has_one_folder_of_its_own_beside_the_others(tmp_path: Path) -> None:
    folders = {organization_folder(tmp_path, name).resolve() for name in [*HOSTILE, "org_b", "x"]}
    assert len(folders) == len(HOSTILE) + 2
    for folder in folders:
        assert folder.parent == tmp_path.resolve()
        (folder / "INV-2026-000001").mkdir(parents=True)


def test_a_draft_replaces_no_document_of_another_customer(tmp_path: Path) -> None:
    """The ids are legal in top_ups.csv: the folder is named by the place in the month."""
    filed = folder_of(tmp_path, "org_b", "INV-2026-000001")
    filed.mkdir(parents=True)
    (filed / "invoice.json").write_text("frozen")
    drafts = [
        draft("x/../../org_b/INV-2026-000001", 1),
        draft("order/1", 2),
        draft("order", 3),
        draft("o" * 300, 4),
        draft("top_1", 1, "y/../org_b/INV-2026-000001"),
    ]
    assert render_drafts(drafts, tmp_path) == {}
    assert [path.name for path in filed.iterdir()] == ["invoice.json"]
    assert (filed / "invoice.json").read_text() == "frozen"
    made = sorted(f"{each.relative_to(tmp_path)}" for each in tmp_path.rglob("invoice.pdf"))
    assert made == [
        *(f"org_aurora/draft-2026-10-prepaid-top-up-{place}/invoice.pdf" for place in (1, 2, 3, 4)),
        "y%2F..%2Forg_b%2FINV-2026-000001/draft-2026-10-prepaid-top-up-1/invoice.pdf",
    ]
    clear_drafts(tmp_path, OCTOBER, {each.organization_id for each in drafts})
    assert [*tmp_path.rglob("invoice.pdf")] == []


def test_a_draft_that_is_none_any_more_goes(tmp_path: Path) -> None:
    """Of two top-ups one turns out to be invoiced elsewhere; other months stay."""
    first, second = draft("top_1", 1), draft("top_2", 2)
    render_drafts([first, second], tmp_path)
    september = tmp_path / "org_aurora" / "draft-2026-09-prepaid-top-up-2"
    september.mkdir()
    render_drafts([draft("top_2", 1)], tmp_path)
    assert draft_folder(tmp_path, first).is_dir()
    assert not draft_folder(tmp_path, second).exists()
    assert september.is_dir()
