"""What a what-if builds: the models between the rollup and the documents.

Here: walking dbt's graph upward from what is compared, and dbt's own compiled SQL. It stops at
the rollup, which is kept; models that are added in between come along. Keep out: running SQL.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from billing.errors import MeterbookError
from billing.periods import BillingMonth
from billing.whatif.beside import USAGE_KEYS, Relation
from orchestration.manifest import PROJECT, manifest_path, warehouse_for_dbt

COMPARED = ("fct_invoices", "fct_invoice_lines", "int_rating__charges", "int_rating__unpriced")
TERMS = "int_usage__key_terms"
USAGE = ("int_rating__usage_by_slice", "int_rating__meters_by_slice")
ROLLUP_STAGE = "ingestion"
MADE_ANEW = ("catalog", "books")


@dataclass(frozen=True)
class Model:
    """A model as it is built: its SQL, and the types its contract gives its columns."""

    relation: Relation
    is_view: bool
    keeps_months: bool
    types: Mapping[str, str]
    sql: str
    parents: tuple[Relation, ...]

    @property
    def is_of_usage_keys(self) -> bool:
        """Whether each of its rows is made of one usage key alone."""
        return USAGE_KEYS in self.parents and "usage_key_id" in self.types and self.keeps_months


@dataclass(frozen=True)
class Graph:
    """What is kept, and what is built in which order, in a database of the given name.

    `usage` places usage in slices, `models` are all after it.
    """

    database: str
    kept: tuple[Relation, ...]
    terms: Model
    usage: tuple[Model, ...]
    models: tuple[Model, ...]


def read_graph(month: BillingMonth, folder: Path) -> Graph:
    """The models to build for a month, compiled by dbt; `folder` is for its files.

    Raises MeterbookError with dbt's own words.
    """
    manifest = json.loads(manifest_path().read_text())
    nodes = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    walk = _Walk(manifest, nodes)
    for name in (TERMS, *USAGE):
        walk.to(nodes[name])
    upto_usage = len(walk.built)
    for name in COMPARED:
        walk.to(nodes[name])
    compiled = _compile(manifest, walk.built, month, folder)
    terms, *models = (
        _model(nodes[name], compiled[name], walk.parents(nodes[name])) for name in walk.built
    )
    return Graph(
        database=nodes[TERMS]["database"],
        kept=tuple(walk.kept.values()),
        terms=terms,
        usage=tuple(models[: upto_usage - 1]),
        models=tuple(models[upto_usage - 1 :]),
    )


class _Walk:
    """Collects ancestors, each after all of its own."""

    def __init__(self, manifest: Mapping[str, Any], nodes: Mapping[str, Any]) -> None:
        self._all = {**manifest["nodes"], **manifest["sources"]}
        self._nodes = nodes
        self.kept: dict[str, Relation] = {}
        self.built: dict[str, None] = {}

    def to(self, node: Mapping[str, Any]) -> None:
        """Reach a node."""
        name = node["name"]
        if _is_kept(node):
            self.kept[node["unique_id"]] = _relation(node)
        elif node["resource_type"] == "model" and name not in self.built:
            for parent in node["depends_on"]["nodes"]:
                self.to(self._all[parent])
            self.built[name] = None

    def parents(self, node: Mapping[str, Any]) -> tuple[Relation, ...]:
        """What a model reads."""
        return tuple(_relation(self._all[parent]) for parent in node["depends_on"]["nodes"])


def _is_kept(node: Mapping[str, Any]) -> bool:
    """What other stages wrote, and what only grows by new files."""
    if node["resource_type"] == "source":
        return node["schema"] not in MADE_ANEW
    return ROLLUP_STAGE in node["fqn"] and node["config"]["materialized"] == "incremental"


def _relation(node: Mapping[str, Any]) -> Relation:
    return Relation(
        node["schema"], str(node.get("identifier") or node.get("alias") or node["name"])
    )


def _model(node: Mapping[str, Any], sql: str, parents: tuple[Relation, ...]) -> Model:
    kind = node["config"]["materialized"]
    return Model(
        relation=_relation(node),
        is_view=kind == "view",
        keeps_months=kind == "incremental" and "billing_month" in node["columns"],
        types={name: column["data_type"] for name, column in node["columns"].items()},
        sql=sql,
        parents=parents,
    )


def _compile(
    manifest: dict[str, Any], names: Iterable[str], month: BillingMonth, folder: Path
) -> dict[str, str]:
    """What dbt compiles, by model, from the manifest as it is: parsing again takes seconds."""
    from dbt.artifacts.schemas.manifest import WritableManifest  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415  # loads slowly
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415

    models = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }
    parsed = WritableManifest.from_dict(
        {**manifest, "nodes": models, "unit_tests": {}, "disabled": {}}
    )
    runner = dbtRunner(manifest=Manifest.from_writable_manifest(parsed))
    variables = json.dumps({"billing_month": month.first_day.isoformat()})
    with warehouse_for_dbt(folder / "compiling.duckdb"):
        done = runner.invoke(
            [
                "--quiet",
                "--log-level",
                "none",
                "--log-path",
                os.fspath(folder),
                "compile",
                "--project-dir",
                os.fspath(PROJECT),
                "--profiles-dir",
                os.fspath(PROJECT),
                "--target-path",
                os.fspath(folder),
                "--vars",
                variables,
                "--select",
                *names,
            ]
        )
    if not done.success:
        raise MeterbookError(f"dbt could not compile the models:\n{done.exception or done.result}")
    return dict(_compiled(done.result))


def _compiled(results: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # dbt types it as a union
    for result in results:
        yield result.node.name, result.node.compiled_code
