"""What a form promises, and what it is made of.

Here: the shape of such a promise. Keep out: the forms themselves, which are in the modules beside
this one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from invoice_render.document import Document
from invoice_render.einvoice.profiles import Demand
from invoice_render.report import CostReport, UsageReport


@dataclass(frozen=True)
class Source:
    """A document with its reports, which some have none of."""

    document: Document
    usage_report: UsageReport | None = None
    cost_report: CostReport | None = None


@dataclass(frozen=True)
class Form:
    """One form by its name in document_forms.csv, and the fixed names of its files.

    `applies` says whether a document has it once it is finalized, `make` gives the bytes of each
    file, `problems` what stands against it, also for a draft. `demands` are what the catalog has
    to fill in, `most_digits` the decimals its amounts may have, None for any.
    """

    name: str
    title: str
    file_names: tuple[str, ...]
    applies: Callable[[Document], bool]
    make: Callable[[Source], Mapping[str, bytes]]
    problems: Callable[[Document], tuple[str, ...]]
    demands: tuple[Demand, ...] = ()
    most_digits: int | None = None
