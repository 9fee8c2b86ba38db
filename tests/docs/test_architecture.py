"""The map of the code shows the code as it is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CODE: Final = ROOT / "src" / "polygate"
PAGE: Final = (ROOT / "docs" / "concepts" / "architecture.md").read_text()
NAMED: Final = re.findall(r"`((?:\w+/)*\w+\.py|(?:\w+/)+)`", PAGE)


def test_every_part_is_on_the_map() -> None:
    """Each folder of the package and each module beside them, and no other."""
    table = PAGE.partition("| Folder")[2].partition("\n\n")[0]
    shown = {name for row in table.splitlines()[2:] for name in re.findall(r"`([\w/.]+)`", row.split("|")[1])}
    parts = {f"{path.name}/" for path in CODE.iterdir() if (path / "__init__.py").exists()}
    modules = {path.name for path in CODE.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert shown == parts | modules


def test_every_file_on_the_way_is_there() -> None:
    """Named with its folder, or after one that was."""
    folders = {CODE}
    for name in NAMED:
        found = [folder / name for folder in folders if (folder / name).exists()]
        assert found, name
        folders |= {path.parent if path.is_file() else path for path in found}


def test_the_arrows_are_those_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "layers")
    drawn = PAGE.partition("```\n")[2].partition("```")[0]
    assert " ".join(drawn.split()) == " → ".join(layers)
