"""How Dagster runs the dbt project.

Here: the translator and pure builders of dbt arguments. `python -m orchestration.dbt parse`
makes the manifest anew. Keep out: SQL, the assets themselves and the manifest
(`orchestration.manifest`).
"""

import json
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dagster import AssetKey
from dagster_dbt import DagsterDbtTranslator, DbtCliResource
from packaging.version import Version

from orchestration.manifest import DBT, PROJECT, parse
from orchestration.told import ROLLUP


class StageTranslator(DagsterDbtTranslator):
    """Groups each model by its stage: the folder below `staging`, `intermediate` or `marts`."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The stage, or None for what lies outside the layers."""
        fqn = dbt_resource_props.get("fqn", [])
        return str(fqn[2]) if len(fqn) > 3 else None  # noqa: PLR2004  # project, layer, stage, name


class QuickDbt(DbtCliResource):
    """The dbt command of this environment, without two slow questions whose answer is known.

    Its version is the installed package's, and no adapter is opened in this process: rows are
    counted by our own checks.
    """

    @property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ANN401  # as inherited
        del args


def month_arguments(*, rebuild_rollup: bool) -> list[str]:
    """The dbt command line that builds one billing month.

    Only the rollup lets itself be refreshed in full: every other table holds other months too.
    """
    # Unit tests prove the SQL before it ships, not the data of a month.
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    return [*arguments, "--full-refresh"] if rebuild_rollup else arguments


def rollup_arguments(*, rebuild_rollup: bool) -> list[str]:
    """The dbt command line that only brings the rollup up to date, for what needs it earlier."""
    arguments = ["run", "--select", ROLLUP]
    return [*arguments, "--full-refresh"] if rebuild_rollup else arguments


def dbt_resource() -> DbtCliResource:
    """The dbt command beside this interpreter, on the project beside this package."""
    return QuickDbt(
        project_dir=os.fspath(PROJECT),
        profiles_dir=os.fspath(PROJECT),
        dbt_executable=os.fspath(DBT),
    )


def model_keys(manifest: Path) -> list[AssetKey]:
    """The assets of every model: what an audit must wait for."""
    nodes = json.loads(manifest.read_text())["nodes"].values()
    translator = StageTranslator()
    return [translator.get_asset_key(node) for node in nodes if node["resource_type"] == "model"]


if __name__ == "__main__":
    parse()
