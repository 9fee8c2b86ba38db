"""The reference page of the command line, written from the commands themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer.main

from polygate.cli.main import app

_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"

_INTRODUCTION = """# Command line

`polygate COMMAND --help` says the same in the terminal. Data goes to standard output, everything else to standard
error. The exit status is 0 when it worked, 2 for what the caller can mend, and 1 for what failed. This page is written
from the commands by `python -m tests.docs.commands`; a test compares them.
"""


def page() -> str:
    """The whole page. What most commands take is told once, ahead of them."""
    commands = list(_commands("polygate", _root()))
    taken = Counter(row for _, command in commands for row in _rows(command))
    common = [row for row, count in taken.items() if count * 2 > len(commands)]
    others = [path for path, command in commands if not set(common) <= set(_rows(command))]
    return "\n".join(
        [_INTRODUCTION, _told_once(common, others), *(_section(path, command, common) for path, command in commands)]
    )


def _root() -> Any:
    return typer.main.get_command(app)


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, child in sorted(command.commands.items()):
            yield from _commands(f"{path} {name}", child)
    else:
        yield path, command


def _told_once(common: Sequence[str], others: Sequence[str]) -> str:
    names = [f"`{path.partition(' ')[2]}`" for path in others]
    said = f"All commands but {', '.join(names[:-1])} and {names[-1]} take these; they are not repeated below."
    return "\n".join(["## Options of nearly every command", "", said, "", *_table(common)])


def _section(path: str, command: Any, common: Sequence[str]) -> str:
    arguments = " ".join(_metavar(parameter) for parameter in command.params if parameter.param_type_name == "argument")
    own = [row for row in _rows(command) if row not in common]
    lines = [f"## {path}{f' {arguments}' if arguments else ''}", "", *_paragraphs(command.help or "")]
    return "\n".join([*lines, *(_table(own) if own else ())])


def _table(rows: Sequence[str]) -> list[str]:
    return ["| Option | Meaning |", "| --- | --- |", *rows, ""]


def _rows(command: Any) -> list[str]:
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    return [_row(option) for option in options if option.name != "help" and not option.hidden]


def _metavar(argument: Any) -> str:
    return f"{argument.name.upper()}{'...' if argument.nargs == -1 else ''}"


def _row(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return f"| {names} | {' '.join((option.help or '').split())} |"


def _paragraphs(text: str) -> list[str]:
    return [line for paragraph in text.strip().split("\n\n") for line in (" ".join(paragraph.split()), "")]


if __name__ == "__main__":
    _PAGE.write_text(page())
