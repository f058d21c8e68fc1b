"""What a day leaves on the chains: roots, and what every member ends with. The same seed and date leave the same.

Everything is read from the chains. Gas, addresses and the hashes of blocks, transactions and anchors are left out: they
depend on what is deployed and how, not on what happened.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from offchain.chain.abi import Call
from offchain.day.driver.main_chain import MainDay
from offchain.day.driver.region import RegionDay

Outcome = Mapping[str, Any]


def day_outcome(regions: Sequence[RegionDay], auction: MainDay) -> str:
    """The outcome of a day as JSON; energy in Wh, carbon in gCO2e, money in point-wei, weights in wad."""
    awards = sorted(
        (event.values.hour, f"0x{event.values.awardsRoot.hex()}")
        for event in auction.client.events(auction.client.contract("Auction"), "HourAwarded")
    )
    document = {
        "awards_roots": [root for _, root in awards],
        "regions": {region.plan.region.name: _region(region) for region in regions},
    }
    return json.dumps(document, indent=1) + "\n"


def _region(region: RegionDay) -> Outcome:
    ledger = region.client.contract("CarbonLedger")
    roots = region.client.call_many([ledger("finalRoot", hour) for hour in region.plan.hours])
    return {"carbon_roots": [f"0x{root.hex()}" for root in roots], "members": _members(region)}


def _members(region: RegionDay) -> list[Outcome]:
    """What every member has, owes and has used, by id."""
    client, year = region.client, region.plan.date.year
    points, market, reader, quota = (
        region.client.contract(name) for name in ("PowerPoint", "BilateralMarket", "MarketReader", "CarbonQuota")
    )
    members = [member.id for member in region.plan.members.everybody]
    accounts = {member: region.member(member).address for member in members}
    certificates, shares = _certificates(region), _shares(region)
    calls: list[Call] = []
    for member in members:
        calls += [
            points("balanceOf", accounts[member]),
            market("freeOf", member),
            market("reservedOf", member),
            reader("weightOf", member),
            quota("statusOf", member, year),
        ]
    answers = client.call_many(calls)
    rows: list[Outcome] = []
    for place, member in enumerate(members):
        held, free, reserved, weight, status = answers[5 * place : 5 * place + 5]
        rows.append(
            {
                "member": member,
                "points": held,
                "margin": max(free, 0) + reserved,
                "debt": max(-free, 0),
                "certificates": certificates[accounts[member]],
                "granted": status.granted,
                "traded": status.traded,
                "drawn": status.drawn,
                "weight": weight,
                "share": shares[member],
            }
        )
    return rows


def _certificates(region: RegionDay) -> Mapping[str, int]:
    """Energy of the certificates that each account holds [Wh]."""
    contract = region.client.contract("GreenCertificate")
    held: dict[str, int] = defaultdict(int)
    for name in ("TransferSingle", "TransferBatch"):
        for event in region.client.events(contract, name):
            _, source, target, _, amounts = event.values
            wh = amounts if isinstance(amounts, int) else sum(amounts)
            held[source] -= wh
            held[target] += wh
    return held


def _shares(region: RegionDay) -> Mapping[int, int]:
    """Penalty shares that each member has claimed [point-wei]."""
    claimed: dict[int, int] = defaultdict(int)
    for event in region.client.events(region.client.contract("BilateralMarket"), "SharesClaimed"):
        claimed[event.values.member] += event.values.amount
    return claimed
