"""`python -m offchain meter`: sign day sheets, bring them, ask how they stand."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from offchain.chain.local import FIRST_PORT
from offchain.commands.connect import ChainName, Config, FirstPort, KeyName, Keystore, Project, connect, key_of
from offchain.errors import InputError
from offchain.files import PROJECT, write_atomically
from offchain.market_time import date_of_day, day_of_date
from offchain.members.calls.sheets import meter_day, sheets_calendar, submit_sheets
from offchain.members.sheet_files import read_readings, read_sheets, sheet_text
from offchain.members.signer import MeterSigner, sheets_domain

COURIER = "courier"

app = typer.Typer(help="Day sheets: sign, submit, ask.", no_args_is_help=True)

Meter = Annotated[int, typer.Option(help="Member number, or 2^31 + device number.", min=0, max=2**32 - 1)]
Day = Annotated[str, typer.Option("--day", help="Local date of the market day, YYYY-MM-DD.")]


@app.command()
def sign(  # noqa: PLR0917 -- one parameter per option
    readings: Annotated[Path, typer.Argument(help="CSV file: hour,import_wh,export_wh, 24 lines.")],
    chain: ChainName,
    meter: Meter,
    day: Day,
    key: KeyName,
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    revision: Annotated[int, typer.Option(help="Above all earlier ones.", min=0, max=2**16 - 1)] = 0,
    keystore: Keystore = None,
    project: Project = PROJECT,
) -> None:
    """Sign a day's readings with the meter's key; the chain is not asked."""
    domain = sheets_domain(project / "deployments" / f"{chain}.json")
    import_wh, export_wh = read_readings(readings)
    signer = MeterSigner(key_of(key, keystore), meter, domain=domain)
    sheet = signer.sign(_day(day), import_wh=import_wh, export_wh=export_wh, revision=revision)
    write_atomically(out, sheet_text(sheet))
    typer.echo(f"{out}: meter {meter}, {day}, revision {revision}, {sum(import_wh)} Wh in, {sum(export_wh)} Wh out")


@app.command()
def submit(  # noqa: PLR0917 -- one parameter per option
    files: Annotated[list[Path], typer.Argument(help="Signed sheets, as `meter sign` writes them.")],
    chain: ChainName,
    key: KeyName = COURIER,
    keystore: Keystore = None,
    config: Config = None,
    first_port: FirstPort = FIRST_PORT,
    project: Project = PROJECT,
) -> None:
    """Bring signed sheets to the chain; the key pays for the transactions and need not be a meter's."""
    sheets = read_sheets(files)
    client = connect(chain, config=config, first_port=first_port, project=project)
    receipts = client.send_many(submit_sheets(client, sheets, key=key_of(key, keystore)))
    gas = sum(receipt.gas_used for receipt in receipts)
    typer.echo(f"{len(sheets)} sheets in {len(receipts)} transactions, {gas} gas, block {receipts[-1].block}")


@app.command()
def status(  # noqa: PLR0917 -- one parameter per option
    chain: ChainName,
    meter: Meter,
    day: Day,
    config: Config = None,
    first_port: FirstPort = FIRST_PORT,
    project: Project = PROJECT,
) -> None:
    """Say how a meter's day stands: status, mark, revision, and when it is due and final."""
    client = connect(chain, config=config, first_port=first_port, project=project)
    found = meter_day(client, meter, day=_day(day))
    calendar = sheets_calendar(client)
    sheet = "no sheet" if found.mark is None else f"{found.status}, {found.mark.value}, revision {found.revision}"
    due, final, now = (
        calendar.local_time(moment).isoformat(sep=" ") for moment in (found.deadline, found.final_from, found.time)
    )
    typer.echo(f"meter {meter}, {date_of_day(found.day)}: {sheet}")
    typer.echo(f"due {due}, final {final}, now {now}")


def _day(text: str) -> int:
    """The market day of a local date."""
    try:
        return day_of_date(date.fromisoformat(text))
    except ValueError as error:
        raise InputError(f"day {text} is not a date; allowed is YYYY-MM-DD") from error
