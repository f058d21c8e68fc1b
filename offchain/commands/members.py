"""`python -m offchain members`: register new members from a file, and accept the terms of one."""

from pathlib import Path
from typing import Annotated

import typer

from offchain.chain.local import FIRST_PORT
from offchain.commands.connect import ChainName, Config, FirstPort, KeyName, Keystore, Project, connect, key_of
from offchain.errors import InputError
from offchain.files import PROJECT, write_atomically
from offchain.members.calls.registrations import accept, plan_registrations, register_members
from offchain.members.registrations import read_registrations, registrations_text

OPERATOR = "operator"

app = typer.Typer(help="Members of a region: register them, accept terms.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="CSV file, one member per line.")]


@app.command()
def register(  # noqa: PLR0917 -- one parameter per option
    file: File,
    chain: ChainName,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    key: KeyName = OPERATOR,
    keystore: Keystore = None,
    config: Config = None,
    first_port: FirstPort = FIRST_PORT,
    project: Project = PROJECT,
) -> None:
    """Register every member of the file, or nobody if there is any problem with it."""
    registrations = read_registrations(file)
    client = connect(chain, config=config, first_port=first_port, project=project)
    operator = key_of(key, keystore)
    if dry_run:
        for batch in plan_registrations(client, registrations, operator=operator):
            typer.echo(f"would register {batch.members} members in one transaction of {batch.gas} gas")
        return
    for member in register_members(client, registrations, operator=operator):
        typer.echo(f"member {member.id}: {member.account} {member.reference}".rstrip())


@app.command("accept")
def accept_terms(  # noqa: PLR0917 -- one parameter per option
    file: File,
    chain: ChainName,
    key: KeyName,
    keystore: Keystore = None,
    config: Config = None,
    first_port: FirstPort = FIRST_PORT,
    project: Project = PROJECT,
) -> None:
    """Sign the terms of the key's account in the file, with the member's own key."""
    registrations = read_registrations(file, accepted=False)
    client = connect(chain, config=config, first_port=first_port, project=project)
    member = key_of(key, keystore)
    own = [entry for entry in registrations if entry.account.lower() == member.address.lower()]
    if not own:
        raise InputError(f"{file} has no terms for account {member.address} of key {key}")
    (accepted,) = accept(client, own, keys=[member])
    write_atomically(file, registrations_text([accepted if entry in own else entry for entry in registrations]))
    typer.echo(f"{file}: {member.address} has accepted")
