"""Which tax a line carries.

Here: category and rate of a treatment in a service month. Add here when tax depends on more
than the buyer's treatment. Keep out: amounts of tax (`documents`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from billing.audit.catalog_rows import CatalogFiles, TaxRate, TaxTreatment
from billing.audit.local_time import add_months
from billing.errors import MeterbookError


class Tax(NamedTuple):
    """A tax group: the category's letter and the rate as a fraction."""

    category: str
    rate: Decimal


UNTAXED_STATEMENT = Tax("O", Decimal(0))


class TaxBook:
    """Treatments and their dated rates."""

    def __init__(self, files: CatalogFiles) -> None:
        self._treatments: Mapping[str, TaxTreatment] = files.treatments
        self._rates: Sequence[TaxRate] = files.tax_rates

    def find(self, treatment_id: str, month: date) -> Tax:
        """Return the tax in force on the last day of `month`; raises like `on_day`."""
        return self.on_day(treatment_id, add_months(month, 1) - timedelta(days=1))

    def on_day(self, treatment_id: str, day: date) -> Tax:
        """Return the tax in force on a day.

        Raises MeterbookError when the treatment is unknown or its country has no rate, or two.
        """
        treatment = self._treatments.get(treatment_id)
        if treatment is None:
            raise MeterbookError(f"there is no tax treatment {treatment_id!r}")
        if not treatment.country:
            return Tax(treatment.category, Decimal(0))
        rates = [
            row.rate
            for row in self._rates
            if (row.country, row.category) == (treatment.country, treatment.category)
            and row.valid_from <= day < row.valid_to
        ]
        if len(rates) != 1:
            raise MeterbookError(
                f"{treatment.country} has {len(rates)} tax rates of category "
                f"{treatment.category} on {day}, not one"
            )
        return Tax(treatment.category, rates[0])
