"""When a prepaid balance is taxed, and which payments hold it to that.

Here: the two rules, and what a balance may be beside what was kept of it. Keep out: keeping it
(`billing.books.balance_tax`), naming rows of files (`billing.catalog.balance_taxes`), and taxes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

TOP_UP, CONSUMPTION = "top_up", "consumption"
Payment = tuple[str, str]
"""An organization and the id of its top-up."""
REMEDY = (
    "Put back what tax_at said. To change it, pay out or write off what is left, and go on with a "
    "new organization."
)
ROW_REMEDY = "Take the row out of top_ups.csv, or give it another id."


def rule_of(tax_at: str | None) -> str:
    """Return the rule that a profile's `tax_at` means; `elsewhere` taxes what is paid in."""
    return CONSUMPTION if tax_at == CONSUMPTION else TOP_UP


@dataclass(frozen=True)
class KeptTaxes:
    """What is kept: the rule of posted balances, and of payments that were seen before that."""

    posted: Mapping[str, str] = field(default_factory=dict)
    paid: Mapping[Payment, str] = field(default_factory=dict)
    commanded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The payments of each organization that were recorded by command: nobody can take them out."""


@dataclass(frozen=True)
class Held:
    """The rule that a balance is held to, and what does not go with it.

    `by` are the payments that hold it, none where months posted to it. `is_filed` says that they
    are rows of files. `rows` are other rows of files, with the other rule they were recorded under.
    """

    rule: str
    by: tuple[str, ...]
    is_filed: bool
    rows: Mapping[str, str]

    @property
    def why(self) -> str:
        """What holds the balance to its rule, to go on with `under ...`."""
        if not self.by:
            return "movements that were posted"
        return f"the payment {self.by[0]}, which was recorded"

    @property
    def remedy(self) -> str:
        """What to do about a profile that says otherwise."""
        if not self.is_filed:
            return REMEDY
        if len(self.by) == 1:
            return f"{REMEDY} If that row was a mistake: {ROW_REMEDY[0].lower()}{ROW_REMEDY[1:]}"
        return (
            f"{REMEDY} If the {len(self.by)} rows that were recorded so were mistakes: take them "
            "out of top_ups.csv, or give them other ids."
        )


def held(kept: KeptTaxes, organization_id: str, now: str, filed: Iterable[str]) -> Held:
    """Return the rule that a balance is held to, which is `now` where nothing says otherwise.

    `filed` are the ids of its payments in files; one that they have no more binds nobody. First
    comes what was posted, then a payment by command, then the rows, as far as they agree; where
    they do not, any rule leaves some that cannot stay.
    """
    own = kept.commanded.get(organization_id, ())
    rows = _known(kept, organization_id, (each for each in filed if each not in own))
    commanded = _known(kept, organization_id, own)
    binding = commanded or (rows if len(set(rows.values())) == 1 else {})
    rule = next(iter(binding.values()), now)
    if organization_id in kept.posted:
        binding, rule = {}, kept.posted[organization_id]
    others = {top_up_id: under for top_up_id, under in rows.items() if under != rule}
    return Held(rule, tuple(binding), binding is rows, others)


def _known(kept: KeptTaxes, organization_id: str, top_up_ids: Iterable[str]) -> dict[str, str]:
    return {
        top_up_id: kept.paid[organization_id, top_up_id]
        for top_up_id in top_up_ids
        if (organization_id, top_up_id) in kept.paid
    }
