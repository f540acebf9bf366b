"""Money never meets a float."""

import ast
from pathlib import Path

import invoice_render

FOLDER = Path(invoice_render.__file__).parent


def test_no_module_names_float_or_writes_a_fraction_literal() -> None:
    found = []
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            is_call = isinstance(node, ast.Call) and ast.unparse(node.func) == "float"
            if is_literal or is_call:
                found.append(f"{path.name}:{node.lineno}")
    assert found == []
