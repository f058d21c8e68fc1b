"""`python -m offchain clear`: an auction hour from a file, as JSON."""

import json
from pathlib import Path
from typing import Annotated

import typer

from offchain.auction.case_file import read_case
from offchain.auction.clearing import Clearing
from offchain.auction.hour import Allocation, exact_allocation, run_auction, sampled_allocation
from offchain.auction.ladder import LADDERS, REPAIRED
from offchain.auction.merit_picture import merit_picture
from offchain.auction.orders import CHAIN, FINE
from offchain.auction.outcome import outcome
from offchain.errors import InputError
from offchain.files import write_atomically

File = Annotated[Path, typer.Argument(help="Auction case: JSON with network, generators, loads, profiles.")]
Hour = Annotated[int, typer.Option(help="Hour of the profiles, from 0.")]
Rule = Annotated[str, typer.Option(help=f"Ladder carbon price: {', '.join(LADDERS)}.")]
Tick = Annotated[bool, typer.Option("--tick", help="Count in the contracts' ticks and whole grams.")]
Picture = Annotated[Path | None, typer.Option(help="SVG file for the merit order before and after.")]
Permutations = Annotated[
    int | None, typer.Option(help="Estimate the Owen value from so many orders of arrival instead of all coalitions.")
]
Seed = Annotated[int, typer.Option(help="Of the estimate.")]


def clear(
    file: File,
    hour: Hour,
    *,
    rule: Rule = REPAIRED.name,
    tick: Tick = False,
    picture: Picture = None,
    permutations: Permutations = None,
    seed: Seed = 0,
) -> None:
    """Clear one hour of an auction, share out its emissions, correct the quotes and clear again."""
    if rule not in LADDERS:
        raise InputError(f"rule {rule} is unknown: {', '.join(LADDERS)}")
    case = read_case(file)

    def allocate(clearing: Clearing) -> Allocation:
        if permutations is None:
            return exact_allocation(clearing)
        return sampled_allocation(clearing, permutations=permutations, seed=seed)

    result = run_auction(case.market(hour, resolution=CHAIN if tick else FINE), rule=LADDERS[rule], allocate=allocate)
    if picture is not None:
        write_atomically(picture, merit_picture(result, [order.name for order in case.orders]))
    typer.echo(json.dumps(outcome(case, result), indent=2, allow_nan=False))
