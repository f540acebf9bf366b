"""What a form promises.

Here: the shape of such a promise. Keep out: the forms themselves, which are in the modules beside
this one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from invoice_render.document import Document
from invoice_render.einvoice.profiles import Demand


@dataclass(frozen=True)
class Form:
    """One form by its name in document_forms.csv, and the fixed name of its file.

    `applies` says whether a document has it once it is finalized, `make` gives its bytes,
    `problems` what stands against it, also for a draft. `demands` are what the catalog has to
    fill in, `most_digits` the decimals its amounts may have, None for any.
    """

    name: str
    title: str
    file_name: str
    applies: Callable[[Document], bool]
    make: Callable[[Document], bytes]
    problems: Callable[[Document], tuple[str, ...]]
    demands: tuple[Demand, ...] = ()
    most_digits: int | None = None
