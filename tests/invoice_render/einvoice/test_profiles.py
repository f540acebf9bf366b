"""A profile is a file of data: another one needs no line of Python."""

from pathlib import Path

import pytest

from invoice_render.einvoice import profiles as room
from invoice_render.errors import RenderError

NORDIC = """
form = "nordic-1"
title = "A country's own"
file_name = "invoice.nordic.xml"
syntax = "ubl"
customization = "urn:cen.eu:en16931:2017#compliant#urn:nordic.example:1"

[[demands]]
term = "BT-13"
name = "order number"
rule = "NORDIC-1"
paths = ["order_number"]
columns = ["billing_profiles.order_number"]
pattern = '^PO-'
"""


def read_with(
    monkeypatch: pytest.MonkeyPatch, folder: Path, **texts: str
) -> dict[str, room.Profile]:
    (folder / "profiles").mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / "profiles" / f"{name}.toml").write_text(text)
    monkeypatch.setattr(room, "files", lambda _: folder)
    return room.profiles.__wrapped__()


def test_a_file_is_a_form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (profile,) = read_with(monkeypatch, tmp_path, nordic=NORDIC).values()
    (demand,) = profile.demands
    assert (profile.form, profile.process, profile.demands_endpoints) == ("nordic-1", "", False)
    assert demand.is_met_by("PO-7")
    assert not demand.is_met_by("7")
    assert not demand.is_met_by("")


def test_a_form_can_demand_what_another_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    head = NORDIC.partition("\n\n")[0].replace("nordic-1", "nordic-2").replace("ubl", "cii")
    texts = {"one": NORDIC, "two": f'{head}\ndemands_of = "nordic-1"\n'}
    read = read_with(monkeypatch, tmp_path, **texts)
    assert read["nordic-2"].demands == read["nordic-1"].demands != ()


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ('syntax = "ubl"', 'syntax = "edifact"', "nordic.toml: syntax is none of ubl, cii, hybrid"),
        ('title = "A country\'s own"\n', "", "nordic.toml: .*missing.*title"),
        ('rule = "NORDIC-1"', 'law = "NORDIC-1"', "nordic.toml: .*law"),
        ('syntax = "ubl"', 'syntax = "ubl"\ndemands_of = "x"', "nordic.toml: demands_of is no"),
        ('form = "nordic-1"\n', "", "nordic.toml: form is missing"),
        ('["order_number"]', '["order_nummer"]', "nordic.toml: path 'order_nummer' is no term"),
        ('["order_number"]', '["buyer.endpoint"]', "path 'buyer.endpoint' is no term"),
        ('["order_number"]', '["items.name"]', "path 'items.name' is no term"),
        ('["order_number"]', '["number.x"]', "path 'number.x' is no term"),
    ],
)
def test_a_file_that_is_amiss_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, good: str, bad: str, told: str
) -> None:
    assert good in NORDIC
    with pytest.raises(RenderError, match=told):
        read_with(monkeypatch, tmp_path, nordic=NORDIC.replace(good, bad))


def test_two_files_of_one_form_are_told_by_both_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(RenderError, match=r"two\.toml: form 'nordic-1' is that of one\.toml"):
        read_with(monkeypatch, tmp_path, one=NORDIC, two=NORDIC)


@pytest.mark.parametrize(
    ("address", "is_met"),
    [
        ("a@b.example", True),
        ("billing@eu.anyint.example", True),
        ("billing@localhost", False),
        ("billing@anyint.", False),
        ("billing@anyint..example", False),
        ("one@two@three.example", False),
        ("bill ing@anyint.example", False),
    ],
)
def test_a_mail_address_has_a_domain_with_a_dot(address: str, is_met: bool) -> None:
    (demand,) = (x for x in room.profiles()["xrechnung-3"].demands if x.term == "BT-43")
    assert demand.is_met_by(address) is is_met
