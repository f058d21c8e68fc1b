"""Random acts on certificates against a model of piles.

I-50 held + locked + retired + withdrawn = minted, for every certificate; I-51 an hour's first issue is at most what was
metered, and certified = measured + owed - withdrawn and not issued again, for every device; I-52 what is retired stays
retired; I-53 what is revoked or expired does not move; I-54 all can be unlocked and taken out of circulation.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from tests.models.certificates import LOCKED, OWN, RETIRED, Certificate, CertificateModel
from tests.support.certificates import DAY_SECONDS, PROSUMER, RETIRABLE, SELLER, TRANSFERABLE, end_of_hour
from tests.support.long_runs import settings_of
from tests.support.machine import ChainMachine, address, read, selectors_of
from tests.support.region import DAY, DAY_END, FINAL, FIRST_DEVICE_METER, NOTHING, REASON, Region, actor, only, pack
from tests.support.short_ways import request
from tests.support.signing import DAY_SHEET, key_of, sign

OWNERS = {SELLER: "seller", PROSUMER: "prosumer"}
HOLDERS = ("seller", "prosumer", "buyer")
DAYS = (DAY, DAY + 1)
METERED = only({0: 5, 7: 900, 8: 1_000, 23: 40})  # both ends of a day and of a word [Wh]
EMPTY = SELLER, DAY + 2
PLACES = [(device, day) for device in OWNERS for day in DAYS]
HOURS = (0, 7, 8, 23)

holders = st.sampled_from(HOLDERS)
places = st.sampled_from([*PLACES, *PLACES, EMPTY])
shares = st.sampled_from([1, 1, 2, 3, 0])  # of what there is: all, half, a third, or one Wh more than all
picks = st.lists(st.tuples(st.integers(0, 30), shares), min_size=1, max_size=4)
readings = st.lists(st.sampled_from([0, 5, 300, 900, 1_000, 1_400]), min_size=4, max_size=4)
waits = st.sampled_from([0, 1, 2, 3])
often = st.sampled_from([True, True, True, False])


class CertificateMachine(ChainMachine):
    """Every rule asks the model first what has to come of it."""

    def __init__(self, region: Region, now: int) -> None:
        super().__init__()
        self.region, self.contract = region, region.certificates
        self.domain = region.domain(region.sheets, "Gridleaf DaySheets")
        sheets = {place: tuple(METERED) for place in PLACES} | {EMPTY: NOTHING}
        self.model = CertificateModel(now=now, owners=OWNERS, sheets=sheets)
        self.retired: dict[tuple[str, Certificate], int] = {}

    # Choices

    def pairs(self, kind: str, holder: str, chosen: list[tuple[int, int]]) -> list[tuple[Certificate, int]]:
        """Some of a holder's certificates in a state, and shares of what it has of them."""
        own = [c for (state, name, c), wh in sorted(self.model.piles.items()) if (state, name) == (kind, holder) and wh]
        known = own or self.model.certificates() or [Certificate(SELLER, DAY, 8, 0)]
        found = [known[place % len(known)] for place, _ in chosen]
        amounts = [self.model.piles[kind, holder, certificate] for certificate in found]
        return [
            (certificate, wh // share if share else wh + 1)
            for certificate, wh, (_, share) in zip(found, amounts, chosen, strict=True)
        ]

    @rule(step=waits)
    def wait(self, step: int) -> None:
        """Go on a day, or to a time at which some certificate expires."""
        ends = [end_of_hour(c.hour) + (c.day - DAY) * DAY_SECONDS for c in self.model.certificates()]
        limits = sorted({end + life for end in ends for life in (TRANSFERABLE, RETIRABLE)})
        coming = [time for time in limits if time > self.model.now + 2]
        self.model.now += DAY_SECONDS
        if step == 3 and coming:
            self.model.now = coming[0] - 2

    # Issuance and movement

    @rule(place=places)
    def issue(self, place: tuple[int, int]) -> None:
        self.tick()
        self.expect(self.model.issue(*place), self.contract.issueDay, *place, by="stranger")

    @rule(source=holders, to=holders, chosen=picks)
    def move(self, source: str, to: str, chosen: list[tuple[int, int]]) -> None:
        self.tick()
        pairs = self.pairs(OWN, source, chosen)
        error = self.model.move(source, to, pairs)
        parties = (address(source), address(to))
        if len(pairs) == 1:
            [(certificate, wh)] = pairs
            arguments = (*parties, certificate.number, wh, b"")
            self.expect(error, self.contract.safeTransferFrom, *arguments, by=source)
        else:
            self.expect(error, self.contract.safeBatchTransferFrom, *parties, *unzipped(pairs), b"", by=source)

    @rule(holder=holders, chosen=picks)
    def retire(self, holder: str, chosen: list[tuple[int, int]]) -> None:
        self.tick()
        pairs = self.pairs(OWN, holder, chosen)
        claim = (*unzipped(pairs), False, ("B", "P", 1, 2, "0x4445"))
        self.expect(self.model.retire(holder, pairs), self.contract.retireBatch, [claim], by=holder)

    @rule(source=holders, to=holders, place=places, hours=readings)
    def deliver(self, source: str, to: str, place: tuple[int, int], hours: list[int]) -> None:
        self.tick()
        wh = reading(hours)
        error = self.model.deliver(source, to, place, wh)
        arguments = (address(source), address(to), *place, pack(wh))
        self.expect(error, self.contract.deliver, *arguments, by="deliverer")

    @rule(receiver=holders, sender=holders, listed=st.booleans())
    def restrict(self, receiver: str, sender: str, listed: bool) -> None:
        self.tick()
        if listed:
            self.model.listed.setdefault(receiver, set()).add(sender)
            self.expect(None, self.contract.listSenders, [address(sender)], True, by=receiver)
            self.tick()
            self.expect(None, self.contract.restrictReceiving, True, by=receiver)
        elif receiver in self.model.listed:
            senders = [address(name) for name in sorted(self.model.listed.pop(receiver))]
            self.expect(None, self.contract.listSenders, senders, False, by=receiver)
            self.tick()
            self.expect(None, self.contract.restrictReceiving, False, by=receiver)

    # Stake

    @rule(holder=holders, chosen=picks)
    def lock(self, holder: str, chosen: list[tuple[int, int]]) -> None:
        self.tick()
        pairs = self.pairs(OWN, holder, chosen)
        error = self.model.lock(holder, pairs)
        self.expect(error, self.contract.lock, address(holder), *unzipped(pairs), by="stake_keeper")

    @rule(holder=holders, chosen=picks)
    def unlock(self, holder: str, chosen: list[tuple[int, int]]) -> None:
        self.tick()
        pairs = self.pairs(LOCKED, holder, chosen)
        error = self.model.unlock(holder, pairs)
        self.expect(error, self.contract.unlock, address(holder), *unzipped(pairs), by="stake_keeper")

    # The issuer

    @rule(holder=holders, chosen=picks)
    def withdraw(self, holder: str, chosen: list[tuple[int, int]]) -> None:
        self.tick()
        pairs = self.pairs(OWN, holder, chosen)
        error = self.model.withdraw(holder, pairs)
        self.expect(error, self.contract.withdraw, address(holder), *unzipped(pairs), REASON, by="issuer")

    @rule(place=places, chosen=picks)
    def reissue(self, place: tuple[int, int], chosen: list[tuple[int, int]]) -> None:
        self.tick()
        known = [c for c, wh in sorted(self.model.reissuable.items()) if c[:2] == place and wh]
        known = known or [Certificate(*place, 8, 0)]
        found = [(known[index % len(known)], share) for index, share in chosen]
        amounts = [(c, self.model.reissuable[c]) for c, _ in found]
        pairs = [(c, wh // share if share else wh + 1) for (c, wh), (_, share) in zip(amounts, found, strict=True)]
        error = self.model.reissue(place, pairs)
        self.expect(error, self.contract.reissue, *unzipped(pairs), REASON, by="issuer")

    @rule(place=places, seldom=st.integers(0, 5))
    def revoke(self, place: tuple[int, int], seldom: int) -> None:
        if seldom == 0:
            self.tick()
            self.expect(self.model.revoke(place), self.contract.revoke, *place, REASON, by="issuer")

    @rule(place=places, hours=readings, higher=often, signed=often)
    def correct(self, place: tuple[int, int], hours: list[int], higher: bool, signed: bool) -> None:
        self.tick()
        last = self.model.revisions.get(place, [0])[-1]
        revision, wh = last + higher, reading(hours)
        device, day = place
        sheet = (FIRST_DEVICE_METER + device, day, revision, pack(NOTHING), pack(wh))
        signature = sign(key_of(f"device of {OWNERS[device]}"), self.domain, DAY_SHEET, sheet) if signed else b""
        error = self.model.correct(place, wh, revision=revision, signed=signed)
        self.expect(error, self.contract.correct, sheet, signature, REASON, by="issuer")

    # What must hold

    @invariant()
    def books_agree(self) -> None:
        for device in OWNERS:
            issued, withdrawn, owed = read((self.contract.totalsOf, device))
            assert issued == self.model.total(self.model.minted, device), "I-50"
            assert withdrawn == self.model.total(self.model.withdrawn, device), "I-50"
            assert owed == self.model.owed[device], "I-51"
            measured = sum(sum(hours) for (owner, _), hours in self.model.truth.items() if owner == device)
            again = self.model.total(self.model.reissuable, device)
            assert issued - withdrawn == measured + owed - again, "I-51"

    def check_piles(self) -> None:
        """Every pile of every certificate, as the contract has it."""
        states = {OWN: self.contract.balanceOf, RETIRED: self.contract.retiredOf}
        keeper = address("stake_keeper")
        for certificate in self.model.certificates():
            number = certificate.number
            calls = [(view, address(name), number) for view in states.values() for name in HOLDERS]
            calls += [(self.contract.lockedOf, keeper, address(name), number) for name in HOLDERS]
            calls += [(self.contract.balanceOf, self.contract.address, number), (self.contract.reissuableOf, number)]
            *found, staked, reissuable = read(*calls)
            kinds = (*states, LOCKED)
            assert found == [self.model.piles[kind, name, certificate] for kind in kinds for name in HOLDERS], "I-50"
            assert staked == self.model.live(certificate, LOCKED), "I-50"
            assert reissuable == self.model.reissuable[certificate], "I-51"
            sum_of_piles = sum(self.model.live(certificate, kind) for kind in kinds)
            assert sum_of_piles + self.model.withdrawn[certificate] == self.model.minted[certificate], "I-50"
            if certificate.revision == 0:
                assert self.model.minted[certificate] <= METERED[certificate.hour], "I-51"
            for name in HOLDERS:
                before = self.retired.get((name, certificate), 0)
                self.retired[name, certificate] = self.model.piles[RETIRED, name, certificate]
                assert before <= self.retired[name, certificate], "I-52"

    def drain(self) -> None:
        for (kind, holder, certificate), wh in sorted(self.model.piles.items()):
            if kind == LOCKED and wh:
                self.tick()
                self.model.unlock(holder, [(certificate, wh)])
                arguments = (address(holder), [certificate.number], [wh])
                self.expect(None, self.contract.unlock, *arguments, by="stake_keeper")
        for (kind, holder, certificate), wh in sorted(self.model.piles.items()):
            if kind == OWN and wh:
                self.tick()
                self.model.withdraw(holder, [(certificate, wh)])
                arguments = (address(holder), [certificate.number], [wh], REASON)
                self.expect(None, self.contract.withdraw, *arguments, by="issuer")
        for certificate in self.model.certificates():
            assert self.model.live(certificate, OWN) == self.model.live(certificate, LOCKED) == 0, "I-54"

    def teardown(self) -> None:
        self.tick()
        request("evm_mine", self.model.now)
        self.check_piles()
        self.drain()
        self.check_piles()
        self.books_agree()
        request("evm_revert", self.snapshot)


def unzipped(pairs: list[tuple[Certificate, int]]) -> tuple[list[int], list[int]]:
    return [certificate.number for certificate, _ in pairs], [wh for _, wh in pairs]


def reading(hours: list[int]) -> list[int]:
    return only(dict(zip(HOURS, hours, strict=True)))


@pytest.fixture
def selectors(project: Any) -> dict[str, str]:
    return selectors_of(project, "GreenCertificate")


def test_certificates_follow_the_model(region: Region, selectors: dict[str, str]) -> None:
    Region.go(DAY_END + 2 * DAY_SECONDS)
    for owner in OWNERS.values():
        region.submit(*(region.device_sheet(owner, exports=METERED, day=day) for day in DAYS))
    region.submit(region.device_sheet("seller", exports=NOTHING, day=EMPTY[1]))
    for name in HOLDERS:
        region.certificates.setApprovalForAll(actor("stake_keeper"), True, {"from": actor(name)})
    now = FINAL + 3 * DAY_SECONDS
    Region.go(now)
    request("anvil_autoImpersonateAccount", True)
    CertificateMachine.selectors = selectors
    run_state_machine_as_test(
        lambda: CertificateMachine(region, now),
        settings=settings(
            **settings_of("certificates machine"),
            stateful_step_count=30,
            deadline=None,
            phases=(Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=HealthCheck.all(),
        ),
    )
    request("anvil_autoImpersonateAccount", False)
