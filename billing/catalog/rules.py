"""Rules that join catalog files: who may have what together.

Here: running the rules of the modules beside this one over the typed tables. A rule whose
file is unreadable is passed over. Add a rule to the module of its subject when two right
files can be wrong together. Keep out: what a column alone can tell.
"""

from collections.abc import Callable

from billing.catalog import (
    rules_alerts,
    rules_amendments,
    rules_balances,
    rules_corrections,
    rules_customers,
    rules_document_terms,
    rules_exchange,
    rules_limits,
    rules_overages,
    rules_parties,
    rules_patterns,
    rules_price_book,
    rules_prices,
    rules_reminders,
    rules_subscriptions,
    rules_taxes,
    rules_volumes,
    tax_rules,
)
from billing.catalog.checking import Tables
from billing.errors import Problem

Rule = Callable[[Tables], list[Problem]]


def rule_problems(tables: Tables) -> list[Problem]:
    """Collect what every applicable rule has to say, in the order of the rules."""
    rules: list[tuple[Rule, tuple[str, ...]]] = [
        *rules_customers.RULES,
        *rules_subscriptions.RULES,
        *rules_overages.RULES,
        *rules_parties.RULES,
        *rules_taxes.RULES,
        *rules_prices.RULES,
        *rules_balances.RULES,
        *rules_exchange.RULES,
        *rules_volumes.RULES,
        *rules_document_terms.RULES,
        *rules_limits.RULES,
        *tax_rules.RULES,
        *rules_corrections.RULES,
        *rules_price_book.RULES,
        *rules_patterns.RULES,
        *rules_amendments.RULES,
        *rules_alerts.RULES,
        *rules_reminders.RULES,
    ]
    return [
        problem
        for rule, needed in rules
        if tables.keys() >= set(needed)
        for problem in rule(tables)
    ]
