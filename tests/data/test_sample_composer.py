"""The composer rebuilds the committed sample, and needs nothing of the product to do so.

Add a test here when the way the sample is made changes; what it holds is in
`test_sample_facts.py`.
"""

import ast
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
COMPOSE = SAMPLES / "compose"
PRODUCT = {"billing", "invoice_render", "orchestration"}


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("composed")
    done = subprocess.run(
        [sys.executable, "-B", str(COMPOSE), "--out", str(folder)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return folder


def plain(expected: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on the version of the compressor: all but the hash of the file."""
    kept = dict(expected)
    kept["files"] = [{k: v for k, v in f.items() if k != "sha256"} for f in expected["files"]]
    if "late" in kept:
        kept["late"] = plain(expected["late"])
    return kept


def read(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "2026-10" / "EXPECTED.json").read_text("utf-8"))
    return loaded


def test_the_composer_makes_the_committed_sample_again(composed: Path) -> None:
    assert plain(read(composed)) == plain(read(SAMPLES))
    made = sorted(p.relative_to(composed) for p in composed.glob("*/landing/*"))
    assert made == sorted(p.relative_to(SAMPLES) for p in SAMPLES.glob("*/landing/*"))
    for path in made:
        if path.suffix == ".zst":
            assert unpacked(composed / path) == unpacked(SAMPLES / path), path


def unpacked(path: Path) -> bytes:
    return zstandard.ZstdDecompressor().decompress(path.read_bytes())


def test_the_committed_files_are_the_ones_in_the_books() -> None:
    expected = read(SAMPLES)
    folders = (("2026-10", expected["files"]), ("2026-11", expected["late"]["files"]))
    for month, files in folders:
        for facts in files:
            path = SAMPLES / month / "landing" / facts["file"]
            assert hashlib.sha256(path.read_bytes()).hexdigest() == facts["sha256"]
            if path.suffix == ".zst":
                assert hashlib.sha256(unpacked(path)).hexdigest() == facts["content_sha256"]


@pytest.mark.parametrize("module", sorted(COMPOSE.glob("*.py")), ids=lambda path: path.stem)
def test_the_composer_imports_nothing_of_the_product(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not PRODUCT & {name.split(".")[0] for name in names}
