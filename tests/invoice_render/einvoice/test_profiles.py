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
    ],
)
def test_a_file_that_is_amiss_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, good: str, bad: str, told: str
) -> None:
    assert good in NORDIC
    with pytest.raises(RenderError, match=told):
        read_with(monkeypatch, tmp_path, nordic=NORDIC.replace(good, bad))
