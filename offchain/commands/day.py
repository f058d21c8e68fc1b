"""`python -m offchain day`: what a trading day consists of."""

import typer

app = typer.Typer(help="A trading day: what happens when.", no_args_is_help=True)


@app.command()
def timetable() -> None:
    """Print every step of a trading day, in its order."""
    from offchain.day.driver.timetable import timetable as steps_of  # noqa: PLC0415 -- loads the solvers; others need none
    from offchain.day.driver.timetable import written  # noqa: PLC0415
    from offchain.day.mechanisms import MECHANISMS  # noqa: PLC0415

    typer.echo(written(steps_of(MECHANISMS)), nl=False)


@app.callback()
def day() -> None:
    """Keep the command grouped, also while it is the only one."""
