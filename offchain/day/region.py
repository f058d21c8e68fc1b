"""A region's trading day on its chain, stage by stage: every transaction of the day is sent here.

Stages are called in the order of the methods. Members and meters sign with their own keys; what anybody may bring is
brought by `courier`, who has no role.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from offchain.chain.abi import Contract
from offchain.chain.client import Client
from offchain.chain.keys import Key, local_key
from offchain.chain.sender import Transaction
from offchain.day.journal import Journal, Progress, chunks
from offchain.day.participants import Participant
from offchain.day.plan import DayPlan
from offchain.day.signing import AGREEMENT, DAY_SHEET, PERMIT, Domain, domain_of, member_key, meter_key
from offchain.market.records import Agreement, DaySheet
from offchain.market.settlement import AgreementSettlement, amount
from offchain.market.sheets import pack
from offchain.market_time import HOURS_PER_DAY, SECONDS_PER_HOUR
from offchain.merkle import keccak256
from offchain.regions import POINT
from offchain.units import grams_rounded_up

REGISTER_BATCH = 100
AGREEMENT_BATCH = 50
SHEET_BATCH = 64
SETTLE_BATCH = 100
DEPOSIT_PERCENT = 130
"""What a consumer deposits, in percent of its forecast bought from the grid company alone."""
RETIREMENTS = 10
"""The largest deliveries of renewable energy whose certificates go to the buyer, who retires them."""
DAYS_GRANTED = 366
"""A year's allowances are this many times the day's consumption at the upper grid's intensity."""


class RegionDay:
    """One region's chain on one trading day."""

    def __init__(self, plan: DayPlan, client: Client, *, progress: Progress) -> None:
        self.plan = plan
        self.client = client
        self.journal = Journal(client, progress)
        self.courier = local_key("courier")
        self.ids: dict[int, int] = {}
        """Agreement of the plan -> its id on chain, the digest that both parties signed."""

    # D-1: members, points, agreements

    def register_members(self) -> None:
        """The operator registers everybody but the grid company, whom the deployment registered as member 1."""
        rows = [self._registration(member) for member in self.plan.members.traders]
        batches = chunks(rows, REGISTER_BATCH)
        self._send([("MemberRegistry", "register", (batch,), len(batch)) for batch in batches], self._role("operator"))

    def deposit_points(self) -> None:
        """The bank mints against deposits; members put their points into their margin accounts by permit."""
        amounts = self._deposits()
        bank = self._role("bank")
        mints = [
            ("PowerPoint", "mint", (self._member(m).address, value, self._reference("deposit", m)), 1)
            for m, value in amounts.items()
        ]
        self._send(mints, bank)
        market, points = self._contract("BilateralMarket"), domain_of(self.client, self._contract("PowerPoint"))
        deadline = self._day_starts
        transactions = []
        for member, value in amounts.items():
            key = self._member(member)
            permit = {
                "owner": key.address,
                "spender": market.address,
                "value": value,
                "nonce": 0,
                "deadline": deadline,
            }
            signature = points.sign(key, PERMIT, permit)
            r, s, v = signature[:32], signature[32:64], signature[64]
            call = market("depositWithPermit", member, value, deadline, v, r, s)
            transactions.append((Transaction(call, key), 1))
        self.journal.send(transactions)

    def register_agreements(self) -> None:
        """Both parties sign; the courier brings the agreements."""
        domain = domain_of(self.client, self._contract("BilateralMarket"))
        calls = []
        for batch in chunks(self.plan.agreements, AGREEMENT_BATCH):
            messages = [self._agreement(agreement) for agreement in batch]
            sellers = [self._signed(domain, a.seller, message) for a, message in zip(batch, messages, strict=True)]
            buyers = [self._signed(domain, a.buyer, message) for a, message in zip(batch, messages, strict=True)]
            calls.append(("BilateralMarket", "register", (messages, sellers, buyers), len(batch)))
        receipts = self._send(calls, self.courier)
        events = [event for receipt in receipts for event in self.client.receipt_events(receipt)]
        ids = [event.values.id for event in events if event.name == "AgreementRegistered"]
        self.ids = {a.id: number for a, number in zip(self.plan.agreements, ids, strict=True)}

    # D+1: sheets and settlement

    def submit_sheets(self) -> None:
        """Every meter signs its day; the courier brings the sheets."""
        domain = domain_of(self.client, self._contract("DaySheets"))
        calls = []
        for batch in chunks(self.plan.sheets, SHEET_BATCH):
            messages = [self._sheet(sheet) for sheet in batch]
            signatures = [
                domain.sign(meter_key(self.plan.region.name, sheet.member), DAY_SHEET, message)
                for sheet, message in zip(batch, messages, strict=True)
            ]
            calls.append(("DaySheets", "submit", (messages, signatures), len(batch)))
        self._send(calls, self.courier)

    def settle(self) -> None:
        """Agreements first, then what every member metered outside them."""
        agreements = chunks([self.ids[agreement.id] for agreement in self.plan.agreements], SETTLE_BATCH)
        self._send([("BilateralMarket", "settle", (ids,), len(ids)) for ids in agreements], self.courier)
        members = chunks([sheet.member for sheet in self.plan.sheets[1:]], SETTLE_BATCH)
        residuals = [("BilateralMarket", "settleResidual", (ids, self.plan.day), len(ids)) for ids in members]
        self._send(residuals, self.courier)

    # D+8: carbon, certificates, quotas

    def post_carbon(self) -> None:
        """The carbon provider posts the roots of the day."""
        roots = [tree.root for tree in self.plan.trees]
        call = ("CarbonLedger", "post", (self.plan.hours.start, roots), len(roots))
        self._send([call], self._role("carbon provider"))

    def issue_certificates(self) -> None:
        """Every renewable generator's exported energy becomes certificates, whoever asks."""
        calls = [("GreenCertificate", "issueDay", (m.id, self.plan.day), 1) for m in self.certified]
        self._send(calls, self.courier)

    def retire_certificates(self) -> None:
        """Sellers hand the certificates of the largest deliveries to their buyers, who retire the first hour."""
        transfers, retirements = [], []
        certificate = self._contract("GreenCertificate")
        for sold in self._largest_deliveries():
            agreement = sold.agreement
            seller, buyer = self._member(agreement.seller), self._member(agreement.buyer)
            hours = [h for h in agreement.window if self._delivered(agreement, h) > 0]
            ids = [self.certificate_id(agreement.seller, hour) for hour in hours]
            amounts = [self._delivered(agreement, hour) for hour in hours]
            move = certificate("safeBatchTransferFrom", seller.address, buyer.address, ids, amounts, b"")
            transfers.append((Transaction(move, seller), len(ids)))
            retirement = {
                "beneficiary": self.plan.members.by_id(agreement.buyer).name,
                "purpose": "consumption in the hour of production",
                "periodStart": hours[0],
                "periodEnd": hours[0] + 1,
                "country": self.plan.region.country.encode(),
            }
            retirements.append((Transaction(certificate("retire", ids[0], amounts[0], retirement), buyer), 1))
        self.journal.send(transfers)
        self.journal.send(retirements)

    def draw_quotas(self) -> None:
        """The regulator grants a year's allowances; the day's emissions are drawn down by proof, whoever brings it."""
        year = self.plan.date.year
        grants = [("CarbonQuota", "grant", (m.id, year, self.allowance(m)), 1) for m in self.plan.members.consumers]
        self._send(grants, self._role("regulator"))
        draws = []
        for consumer in self.plan.members.consumers:
            intensities = [int(value) for value in self.plan.intensity[:, consumer.node]]
            proofs = [tree.proof(consumer.node) for tree in self.plan.trees]
            draws.append(("CarbonQuota", "drawDownDay", (consumer.id, self.plan.day, intensities, proofs), 1))
        self._send(draws, self.courier)

    # What the day expects

    @cached_property
    def certified(self) -> tuple[Participant, ...]:
        """The renewable generators that exported anything on the day."""
        carriers = self.plan.factors.carriers
        sheets = {sheet.member: sheet for sheet in self.plan.sheets}
        return tuple(
            m
            for m in self.plan.members.generators
            if m.carrier and carriers[m.carrier].renewable and any(sheets[m.id].export_wh)
        )

    def allowance(self, consumer: Participant) -> int:
        """What the regulator grants a consumer for the year [gCO2e]."""
        mix = self.plan.factors.mixes[self.plan.region.country].intensity
        consumed = sum(self.plan.sheets[consumer.id - 1].import_wh)
        return DAYS_GRANTED * grams_rounded_up(consumed, round(1000 * mix))

    def certificate_id(self, device: int, hour: int) -> int:
        """The id of a device-hour's certificates, as IGreenCertificate states it."""
        carrier = self.plan.members.by_id(device).carrier_code
        return device << 56 | hour << 24 | carrier << 16

    # Helpers

    def _deposits(self) -> dict[int, int]:
        """Whole points per member: consumers for the day they expect, the grid company for the most it can owe."""
        plan, tariffs = self.plan, self.plan.region.tariffs
        wanted = {
            consumer.id: amount(int(expected), tariffs.purchase) * DEPOSIT_PERCENT // 100
            for consumer, expected in zip(plan.members.consumers, plan.forecast.load_w.sum(axis=0), strict=True)
        }
        capacity_wh = HOURS_PER_DAY * sum(generator.nameplate_w for generator in plan.members.generators)
        wanted[plan.members.grid_company.id] = amount(capacity_wh, tariffs.feed_in)
        return {member: -(-value // POINT) * POINT for member, value in wanted.items()}

    def _largest_deliveries(self) -> list[AgreementSettlement]:
        renewable = {m.id for m in self.certified}
        sold = [s for s in self.plan.settlement.agreements if s.agreement.seller in renewable and s.exchange.matched_wh]
        return sorted(sold, key=lambda s: (-s.exchange.matched_wh, s.agreement.id))[:RETIREMENTS]

    def _delivered(self, agreement: Agreement, hour: int) -> int:
        """What a seller has of an hour for one agreement: its export in the agreed shares, rounded down [Wh]."""
        exported = self.plan.sheets[agreement.seller - 1].export_wh[hour - self.plan.hours.start]
        sold = sum(a.wh_per_hour for a in self.plan.agreements if a.seller == agreement.seller and hour in a.window)
        return min(agreement.wh_per_hour, exported * agreement.wh_per_hour // sold)

    def _registration(self, member: Participant) -> Mapping[str, Any]:
        return {
            "account": self._member(member.id).address,
            "meterKey": meter_key(self.plan.region.name, member.id).address,
            "node": member.node,
            "kind": int(member.kind),
            "carrier": member.carrier_code,
            "nameplateW": member.nameplate_w,
        }

    def _agreement(self, agreement: Agreement) -> Mapping[str, Any]:
        return {
            "seller": agreement.seller,
            "buyer": agreement.buyer,
            "whPerHour": agreement.wh_per_hour,
            "firstHour": agreement.first_hour,
            "hourCount": agreement.hours,
            "price": agreement.price,
            "expiry": self._day_starts,
            "salt": agreement.id,
        }

    def _sheet(self, sheet: DaySheet) -> Mapping[str, Any]:
        return {
            "meter": sheet.member,
            "day": self.plan.day,
            "revision": 0,
            "importWh": list(pack(sheet.import_wh)),
            "exportWh": list(pack(sheet.export_wh)),
        }

    @property
    def _day_starts(self) -> int:
        return self.plan.hours.start * SECONDS_PER_HOUR

    def _signed(self, domain: Domain, member: int, message: Mapping[str, Any]) -> bytes:
        return domain.sign(self._member(member), AGREEMENT, message)

    def _reference(self, kind: str, member: int) -> bytes:
        return keccak256(f"{self.plan.region.name}: {kind} of member {member} on {self.plan.date}".encode())

    def _member(self, member: int) -> Key:
        return member_key(self.plan.region.name, member)

    def _role(self, name: str) -> Key:
        return local_key(name)

    def _contract(self, name: str) -> Contract:
        return self.client.contract(name)

    def _send(self, calls: Sequence[tuple[str, str, tuple[Any, ...], int]], key: Key) -> list[Any]:
        """Send (contract, function, arguments, items) by one key."""
        return self.journal.send(
            [
                (Transaction(self._contract(name)(function, *arguments), key), items)
                for name, function, arguments, items in calls
            ]
        )
