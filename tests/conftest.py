"""In which order tests run.

Here: what spreads the suite evenly over two workers, each of which takes whole files. Keep out:
fixtures of one stage.
"""

import pytest

SLOW = ("scenarios", "orchestration", "dbt_project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes minutes, so that no worker ends long after the other."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    room = item.nodeid.split("/")[1]
    return SLOW.index(room) if room in SLOW else len(SLOW)
