"""A statement as JSON and as CSV. Points are decimal text in JSON: readers may round what is above 2^53."""

import csv
import io
import json
from collections.abc import Iterator

from offchain.index.records import Plain, exact
from offchain.market_time import SECONDS_PER_HOUR, MarketCalendar, date_of_day
from offchain.statements.entries import Line
from offchain.statements.statement import Claim, ConsumedDay, Statement

FIGURES = {
    "location_based": "GHG Protocol Scope 2, location-based: average of the region's generation in each hour",
    "market_based": "GHG Protocol Scope 2, market-based: retired certificates, the rest at the residual mix of each "
    "hour, from which every retired certificate is removed",
    "flow_traced": "Gridleaf, outside the standard: intensity of the member's node in each hour, proven on the chain",
    "network_losses": "GHG Protocol Scope 3, category 3: carbon of the network's losses per kWh of the region's load",
}
"""What each figure is."""
COLUMNS = (
    "book",
    "what",
    "time",
    "wh",
    "certified_wh",
    "location_g",
    "market_g",
    "traced_g",
    "losses_g",
    "amount",
    "unit",
    "paid_point_wei",
    "detail",
    "transaction",
    "root_transaction",
    "drawn_transaction",
)


def totals(statement: Statement) -> dict[str, int]:
    """The three figures of Scope 2 and the losses, over all hours [gCO2e]."""
    hours = statement.hours
    return {
        "location_based": sum(hour.location_g for hour in hours),
        "market_based": sum(hour.market_g for hour in hours),
        "flow_traced": sum(hour.traced_g for hour in hours),
        "network_losses": sum(hour.losses_g for hour in hours),
    }


def as_json(statement: Statement) -> str:
    """The statement with everything that its lines stand on."""
    calendar = statement.calendar
    document = {
        "subject": {
            "member": statement.member,
            "account": statement.account,
            "beneficiary": statement.beneficiary,
        },
        "chain": {
            "name": statement.chain.name,
            "id": statement.chain.chain_id,
            "block": statement.chain.head.number,
            "block_hash": statement.chain.head.hash,
        },
        "days": [date_of_day(day).isoformat() for day in statement.days],
        "factors": statement.factors,
        "consumed_wh": sum(hour.wh for hour in statement.hours),
        "figures": [
            {"name": name, "grams": grams, "meaning": FIGURES[name]} for name, grams in totals(statement).items()
        ]
        if statement.consumed
        else [],
        "consumption": [_consumption(day, calendar) for day in statement.consumed],
        "retired": [_claim(claim, calendar) for claim in statement.claims],
        "retired_unused_wh": statement.unused,
        "balances": exact(statement.balances),
        "lines": [_line(line, calendar) for line in statement.lines],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def as_csv(statement: Statement) -> str:
    """One row per hour of consumption, per retirement and per line of the books."""
    output = io.StringIO()
    table = csv.DictWriter(output, fieldnames=COLUMNS, lineterminator="\n", restval="")
    table.writeheader()
    table.writerows(_rows(statement))
    return output.getvalue()


def local_hour(calendar: MarketCalendar, hour: int) -> str:
    """The start of a unix hour in local time, ISO 8601."""
    return calendar.local_time(hour * SECONDS_PER_HOUR).isoformat(timespec="minutes")


def _consumption(day: ConsumedDay, calendar: MarketCalendar) -> dict[str, Plain]:
    return {
        "day": date_of_day(day.day).isoformat(),
        "estimated": day.estimated,
        "sheet_transaction": day.sheet,
        "drawn_transaction": day.drawn,
        "hours": [
            {
                "time": local_hour(calendar, hour.hour),
                "wh": hour.wh,
                "certified_wh": hour.certified_wh,
                "average_mg_per_kwh": hour.average,
                "residual_mg_per_kwh": hour.residual,
                "node_mg_per_kwh": hour.traced,
                "loss_mg_per_kwh": hour.loss_intensity,
                "location_g": hour.location_g,
                "market_g": hour.market_g,
                "traced_g": hour.traced_g,
                "losses_g": hour.losses_g,
                "root_transaction": day.roots[hour.hour],
            }
            for hour in day.hours
        ],
    }


def _claim(claim: Claim, calendar: MarketCalendar) -> dict[str, Plain]:
    retirement = claim.retirement
    return {
        "holder": retirement.holder,
        "by_itself": claim.by_itself,
        "purpose": retirement.purpose,
        "country": retirement.country,
        "from": local_hour(calendar, retirement.hours.start),
        "until": local_hour(calendar, retirement.hours.stop),
        "wh": retirement.wh,
        "time": calendar.local_time(retirement.time).isoformat(),
        "transaction": retirement.transaction,
        "certificates": [
            {
                "device": lot.certificate.device,
                "produced": local_hour(calendar, lot.certificate.hour),
                "carrier": lot.certificate.carrier,
                "revision": lot.certificate.revision,
                "wh": lot.wh,
                "revoked": lot.revoked,
                "trial": lot.certificate.trial,
            }
            for lot in retirement.lots
        ],
    }


def _line(line: Line, calendar: MarketCalendar) -> dict[str, Plain]:
    return {
        "book": line.book,
        "what": line.what,
        "amount": exact(line.amount),
        "unit": line.unit,
        "paid_point_wei": exact(line.paid),
        "detail": line.detail,
        "time": calendar.local_time(line.time).isoformat(),
        "transaction": line.transaction,
    }


def _rows(statement: Statement) -> Iterator[dict[str, Plain]]:
    calendar = statement.calendar
    for day in statement.consumed:
        for hour in day.hours:
            yield {
                "book": "consumption",
                "what": "estimated" if day.estimated else "measured",
                "time": local_hour(calendar, hour.hour),
                "wh": hour.wh,
                "certified_wh": hour.certified_wh,
                "location_g": hour.location_g,
                "market_g": hour.market_g,
                "traced_g": hour.traced_g,
                "losses_g": hour.losses_g,
                "transaction": day.sheet,
                "root_transaction": day.roots[hour.hour],
                "drawn_transaction": day.drawn or "",
            }
    for claim in statement.claims:
        retirement = claim.retirement
        yield {
            "book": "retired for it",
            "what": retirement.purpose,
            "time": calendar.local_time(retirement.time).isoformat(),
            "wh": retirement.wh,
            "detail": f"by {retirement.holder}, {retirement.country}",
            "transaction": retirement.transaction,
        }
    yield from (_line(line, calendar) for line in statement.lines)
