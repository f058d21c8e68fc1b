"""The tables of the command line: what stands in them is there for a user, told and complete."""

from importlib import import_module

import pytest
import typer
from click import Group
from typer.main import get_command

from offchain.commands import index
from offchain.commands.app import COMMANDS, app
from offchain.commands.index import EXPORTS
from offchain.files import PROJECT

ROOT = get_command(app)
NO_GROUPS = {"app", "connect", "trace_run"}
"""Modules that make no command of their own."""


def leaves(command, words):
    """The commands that a user can type, with their words."""
    if isinstance(command, Group):
        for name, child in command.commands.items():
            yield from leaves(child, (*words, name))
    else:
        yield words, command


LEAVES = dict(leaves(ROOT, ()))


def test_every_module_of_commands_stands_in_the_table():
    files = {file.stem for file in (PROJECT / "offchain" / "commands").glob("*.py")} - {"__init__"} - NO_GROUPS
    modules = {name: import_module(f"offchain.commands.{name}") for name in files}
    entries = [entry for _, entry in COMMANDS]
    listed = {name for name, module in modules.items() if any(entry in vars(module).values() for entry in entries)}
    groups = [value for module in modules.values() for value in vars(module).values() if isinstance(value, typer.Typer)]
    assert listed == files
    assert all(group in entries for group in groups)


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_a_line_of_the_table_is_a_command_that_says_what_it_is(name):
    assert [listed for listed, _ in COMMANDS].count(name) == 1
    assert ROOT.commands[name].help


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_a_command_says_what_it_does_and_what_its_options_mean(words):
    command = LEAVES[words]
    assert command.help
    assert [parameter.name for parameter in command.params if not getattr(parameter, "help", "")] == []


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_an_export_is_a_command_of_contracts_that_there_are(export):
    assert [entry.name for entry in EXPORTS].count(export.name) == 1
    command = get_command(index.app).commands[export.name]
    assert command.help == export.what
    options = {option for parameter in command.params for option in parameter.opts}
    assert options >= {"--chain", "--database", "--block", "--format"}
    known = {file.stem for file in (PROJECT / "contracts").glob("*/*.sol")}
    assert export.contracts
    assert set(export.contracts) <= known
