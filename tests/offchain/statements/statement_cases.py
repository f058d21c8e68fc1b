"""A small region on paper: two members, one wind device, one hour of a market day that matters."""

from offchain.certificates.ids import CertificateId, pack_id
from offchain.index.records import BlockPoint, FollowedChain, IndexedEvent
from offchain.market.history.terms import MarketTerms
from offchain.market.records import Tariffs
from offchain.market.rulebooks import MARKET
from offchain.members.sheet_words import pack
from offchain.statements.carbon_day import CarbonDay, CarbonHour

DAY = 17_000
FIRST_HOUR = DAY * 24 - 1
NOON = FIRST_HOUR + 12
MILL, WINDPARK = 2, 3
MILL_ACCOUNT, PARK_ACCOUNT = "0x" + "22" * 20, "0x" + "33" * 20
CONTRACT = "0x" + "ce" * 20
NOBODY = "0x" + "00" * 20
ROOTS = "0x" + "4007".zfill(64)
NAME = "The mill"
HYDRO, WIND = 2, 3
DEVICE = 1
HEAD = BlockPoint(number=99, hash="0x" + "99" * 32)
MARKET = MarketTerms(
    grid_company=1,
    utc_offset_hours=1,
    tariffs=Tariffs(feed_in=4 * 10**17, purchase=75 * 10**16, grid_fee=4 * 10**16),
    rulebook=MARKET,
)
CHAIN = FollowedChain(name="rural", chain_id=31_001, genesis="0x" + "01" * 32, facts=MARKET.facts, head=HEAD, cursor=50)


def hour(number=NOON, **changes):
    """1,000 kWh generated with 300 kg, 950 kWh of load, losses of 9.5 kg; three nodes."""
    values = {
        "hour": number,
        "intensity": (100_000, 250_000, 400_000),
        "generation_wh": 1_000_000,
        "generation_ug": 300_000_000_000,
        "load_wh": 950_000,
        "loss_ug": 9_500_000_000,
    }
    return CarbonHour(**(values | changes))


def record(**changes):
    values = {
        "chain": "rural",
        "day": DAY,
        "factors": "version 1, of a test",
        "carriers": {1: 380_950, HYDRO: 24_000, WIND: 11_000},
        "names": {MILL: NAME},
        "hours": tuple(hour(FIRST_HOUR + place) for place in range(24)),
    }
    return CarbonDay(**(values | changes))


def certificate(at=NOON, *, carrier=WIND, device=DEVICE, revision=0, trial=False):
    return pack_id(CertificateId(device=device, hour=at, carrier=carrier, revision=revision, trial=trial))


class Ledger:
    """Events in the order in which they are written down; every one in a transaction of its own unless told."""

    def __init__(self):
        self.events = []

    def add(self, contract, name, *, transaction=None, **values):
        number = len(self.events) + 1
        event = IndexedEvent(
            contract=contract,
            address=CONTRACT if contract == "GreenCertificate" else "0x" + "ad" * 20,
            name=name,
            values=values,
            block=number,
            block_hash=f"0x{number:064x}",
            time=1_468_800_000 + number,
            transaction=transaction or f"0x{number:064x}",
            index=0,
        )
        self.events.append(event)
        return event.transaction

    def join(self, member, account, kind, *, node=1):
        return self.add(
            "MemberRegistry",
            "MemberRegistered",
            id=member,
            account=account,
            meterKey=account,
            node=node,
            kind=kind,
            group=0,
            importW=1,
            exportW=1,
        )

    def sheet(self, imports, *, meter=MILL, day=DAY, name="SheetAccepted"):
        wh = [0] * 24
        for place, value in imports.items():
            wh[place] = value
        return self.add("DaySheets", name, meter=meter, day=day, importWh=list(pack(wh)), exportWh=[0, 0, 0])

    def roots(self, day=None):
        return [
            self.add(
                "CarbonLedger", "RootPosted", transaction="0x" + "4007".zfill(64), hour=entry.hour, root=entry.root
            )
            for entry in (day or record()).hours
        ]

    def move(self, source, target, wh, *, identifier=None, transaction=None):
        values = {"operator": source, "from": source, "to": target, "id": identifier or certificate(), "value": wh}
        return self.add("GreenCertificate", "TransferSingle", transaction=transaction, **values)

    def retire(self, wh, *, holder=MILL_ACCOUNT, beneficiary=NAME, start=NOON, end=NOON + 1, identifier=None):
        number = identifier or certificate()
        transaction = self.move(holder, NOBODY, wh, identifier=number)
        return self.add(
            "GreenCertificate",
            "CertificatesRetired",
            transaction=transaction,
            holder=holder,
            beneficiaryHash="0x",
            ids=[number],
            amounts=[wh],
            beneficiary=beneficiary,
            purpose="milling",
            periodStart=start,
            periodEnd=end,
            country="0x4445",
        )


def ledger():
    """The mill takes 100 kWh at noon, 40 kWh of it from certificates that it was sent and has retired."""
    book = Ledger()
    book.join(1, "0x" + "11" * 20, 3)
    book.join(MILL, MILL_ACCOUNT, 1)
    book.join(WINDPARK, PARK_ACCOUNT, 0, node=2)
    book.add(
        "DeviceRegistry",
        "DeviceRegistered",
        device=DEVICE,
        owner=WINDPARK,
        meterKey=PARK_ACCOUNT,
        capacityW=1,
        commissioningDay=DAY,
        carrier=WIND,
        technology=0,
        gridArea=0,
        support=0,
        declaration="0x01",
    )
    book.sheet({12: 100_000})
    book.roots()
    book.move(NOBODY, PARK_ACCOUNT, 60_000)
    book.move(PARK_ACCOUNT, MILL_ACCOUNT, 40_000)
    book.retire(40_000)
    return book
