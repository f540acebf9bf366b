"""Reduces the public traces to what the composer reads, into `data/samples/inputs/`.

Run it only when an original trace changes: `python data/samples/compose/reduce_inputs.py ORIGINALS`,
where ORIGINALS holds `azure-llm-2023/`, `mooncake/` and `servegen/` as their authors publish them
(see data/samples/README.md). Add a reduction here when the composer needs another real
distribution. Keep out anything that invents a number: this file only drops and counts.
"""

import ast
import csv
import io
import json
import sys
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import zstandard

INPUTS = Path(__file__).resolve().parents[1] / "inputs"
BLOCK_TOKENS = 512
RATED_CLIENTS = 60
QUANTILES = 1000
REASONING_CLIENT = "data/reason/deepseek-r1/chunk-35-dataset.json"


def write_csv(name: str, header: list[str], rows: Iterable[Iterable[object]]) -> None:
    """Writes one zstd-compressed CSV file of the inputs."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    packed = zstandard.ZstdCompressor(level=19).compress(text.getvalue().encode())
    (INPUTS / name).write_bytes(packed)
    print(f"{name}: {len(packed):,} bytes")


def azure(originals: Path) -> Iterator[tuple[object, ...]]:
    """Yields kind, context and generated tokens of each Azure 2023 request, in order."""
    for kind in ("code", "conv"):
        path = originals / "azure-llm-2023" / f"AzureLLMInferenceTrace_{kind}.csv"
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                yield kind, int(row["ContextTokens"]), int(row["GeneratedTokens"])


def mooncake(originals: Path) -> Iterator[tuple[int, int, int]]:
    """Yields input, output and tokens in leading blocks that an earlier request already had."""
    seen: set[int] = set()
    path = originals / "mooncake" / "synthetic_trace.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        shared = 0
        for block in row["hash_ids"]:
            if block not in seen:
                break
            shared += 1
        seen.update(row["hash_ids"])
        # The last token of a prompt is always computed, so a block that holds it is not read.
        readable = (row["input_length"] - 1) // BLOCK_TOKENS
        yield row["input_length"], row["output_length"], min(shared, readable) * BLOCK_TOKENS


def client_counts(originals: Path) -> Iterator[tuple[str, str, list[int]]]:
    """Yields pool, client and its requests in each 10-minute step of 14 days."""
    archive = originals / "servegen" / "servegen-rate-traces-f891d11.tar.gz"
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda entry: entry.name):
            if "/language/" not in member.name or not member.name.endswith("-trace.csv"):
                continue
            content = tar.extractfile(member)
            if content is None:
                continue
            rows = csv.reader(content.read().decode().splitlines())
            _, _, pool, name = member.name.split("/")
            yield pool, name.split("-")[1], [round(float(row[1]) * 600) for row in rows]


def quantiles(weights: dict[float, float]) -> list[float]:
    """The values at the middles of QUANTILES equal shares of a distribution."""
    total, reached, found = sum(weights.values()), 0.0, []
    for value in sorted(weights):
        reached += weights[value]
        while len(found) < QUANTILES and reached >= total * (2 * len(found) + 1) / (2 * QUANTILES):
            found.append(value)
    return found + [max(weights)] * (QUANTILES - len(found))


def reasoning(originals: Path) -> Iterator[tuple[int, int]]:
    """Yields quantiles of output tokens and of the reasoning share in thousandths."""
    archive = originals / "servegen" / "servegen-reason-mm-f891d11.tar.gz"
    with tarfile.open(archive) as tar:
        content = tar.extractfile(REASONING_CLIENT)
        if content is None:
            sys.exit(f"{archive} holds no {REASONING_CLIENT}")
        windows = json.load(content)
    outputs: Counter[float] = Counter()
    shares: Counter[float] = Counter()
    for window in windows.values():
        outputs.update(ast.literal_eval(window["output_tokens"]))
        shares.update(ast.literal_eval(window["reason_ratio"]))
    pairs = zip(quantiles(outputs), quantiles(shares), strict=True)
    for tokens, share in pairs:
        yield round(tokens), round(share * 1000)


def main(originals: Path) -> None:
    """Writes the four reduced inputs."""
    INPUTS.mkdir(exist_ok=True)
    write_csv("azure_2023.csv.zst", ["kind", "context", "generated"], azure(originals))
    write_csv("mooncake.csv.zst", ["input", "output", "shared_prefix"], mooncake(originals))
    clients = sorted(client_counts(originals), key=lambda c: (-sum(c[2]), c[0], c[1]))
    totals = ((pool, client, sum(counts)) for pool, client, counts in clients)
    write_csv("servegen_clients.csv.zst", ["pool", "client", "requests"], totals)
    large = [c for c in clients if c[0] == "m-large"][:RATED_CLIENTS]
    columns = ["client", *(str(step) for step in range(len(large[0][2])))]
    rates = ([client, *counts] for _, client, counts in large)
    write_csv("servegen_m_large_rates.csv.zst", columns, rates)
    write_csv("servegen_reasoning.csv.zst", ["output", "reasoning_permille"], reasoning(originals))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
