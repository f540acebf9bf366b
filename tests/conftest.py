"""In which order tests run, and which stay together.

Here: what spreads the suite evenly over two workers. Keep out: fixtures of one stage.
"""

import pytest

SLOW = ("scenarios", "orchestration", "dbt_project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes minutes; keep a dbt module on the worker that built its warehouse."""
    items.sort(key=_place)
    for item in items:
        if _room(item) == "dbt_project":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def _room(item: pytest.Item) -> str:
    return item.nodeid.split("/")[1]


def _place(item: pytest.Item) -> int:
    return SLOW.index(_room(item)) if _room(item) in SLOW else len(SLOW)
