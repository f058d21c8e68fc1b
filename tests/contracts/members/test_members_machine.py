"""Random acts on members, freezes, devices and sheets against a model.

I-20 an account serves one member, ever, and a rotated one serves none; I-21 a frozen account moves no value and agrees
nothing; I-22 revisions rise and every replaced one stays provable; I-23 final sheets never change; I-24 the registry
holds the posted bonds and the market the free balances, both to the wei, and both can be drained to zero.
"""

from typing import Any

import pytest
from brownie import web3
from eth_utils import keccak
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from tests.models.members import (
    ACTIVE,
    DAY,
    HOUR,
    MEASURED,
    SUSPENDED,
    Device,
    Member,
    MembersModel,
    Meter,
    Revision,
)
from tests.support.long_runs import settings_of
from tests.support.machine import ChainMachine, address, read, selectors_of
from tests.support.region import (
    BOND,
    DEVICE_IDS,
    FIRST_DEVICE_METER,
    FOREVER,
    GRID_FEE,
    MEMBER_IDS,
    NAMEPLATE,
    POINT,
    PURCHASE,
    REASON,
    START,
    Region,
    actor,
    agreement,
    offers_of,
    only,
    pack,
)
from tests.support.short_ways import request
from tests.support.signing import BOND_FORFEITURE, DAY_SHEET, FREEZE, LIFT, METER_KEY_CONSENT, OFFER, key_of, sign

OWNERS = ("seller", "prosumer")
SPARE = ("spare one", "spare two", "spare three")
ACCOUNTS = (*OWNERS, "buyer", *SPARE, "victim")
LIMIT = NAMEPLATE * 105 // 100
METERS = {f"meter of {name}": MEMBER_IDS[name] for name in OWNERS} | {
    "device of seller": FIRST_DEVICE_METER + DEVICE_IDS["seller"]
}
NOTHING = (0,) * 24
REGISTERS = (
    NOTHING,
    tuple(range(24)),
    tuple(LIMIT - hour for hour in range(24)),
    tuple(only({3: 70_000})),
    tuple(only({23: 1, 8: LIMIT})),
)
TOO_MUCH = tuple(only({17: LIMIT + 1}))

accounts, owners = st.sampled_from(ACCOUNTS), st.sampled_from(OWNERS)
meters = st.sampled_from(sorted(METERS))
devices = st.sampled_from([DEVICE_IDS[name] for name in OWNERS])
registers = st.sampled_from((*REGISTERS, *REGISTERS, TOO_MUCH))
mostly = st.sampled_from([True, True, True, False])
ages = st.sampled_from([-1, 0, 1, 1, 1, 1, 2, 2, 7, 8, 10, 40])  # of the sheet's day, in days before today
waits = st.sampled_from([HOUR, 12 * HOUR, 12 * HOUR, DAY, 3 * DAY, 31 * DAY])


class MembersMachine(ChainMachine):
    """Every rule asks the model first what has to come of it."""

    def __init__(self, region: Region) -> None:
        super().__init__()
        self.region = region
        self.domains = {
            "sheets": region.domain(region.sheets, "Gridleaf DaySheets"),
            "freezes": region.domain(region.freezes, "Gridleaf FreezeList"),
            "registry": region.domain(region.registry, "Gridleaf MemberRegistry"),
            "devices": region.domain(region.devices, "Gridleaf DeviceRegistry"),
            "offers": region.domain(region.offers, "Gridleaf OfferDesk"),
        }
        self.nonces = dict.fromkeys(ACCOUNTS, 0)
        names = (*OWNERS, "buyer")
        found = read(*((region.points.balanceOf, address(name)) for name in ACCOUNTS))
        free = read(*((region.market.freeOf, MEMBER_IDS[name]) for name in names))
        first = START // DAY  # everybody was registered on this day
        self.model = MembersModel(
            now=request_time(),
            members={
                MEMBER_IDS[name]: Member(name, Meter(f"meter of {name}", LIMIT, LIMIT, first), free=amount)
                for name, amount in zip(names, free, strict=True)
            },
            devices={
                DEVICE_IDS[name]: Device(MEMBER_IDS[name], Meter(f"device of {name}", LIMIT, LIMIT, first), BOND)
                for name in OWNERS
            },
            points=dict(zip(ACCOUNTS, found, strict=True)),
            bond_amount=BOND,
        )
        self.other_bonds, self.other_free = (
            held - own for held, own in zip(self.held(), (BOND * len(OWNERS), sum(free)), strict=True)
        )

    def held(self) -> list[int]:
        points = self.region.points
        return read((points.balanceOf, self.region.devices.address), (points.balanceOf, self.region.desk.address))

    @rule(time=waits)
    def wait(self, time: int) -> None:
        self.model.now += time

    # Sheets

    @rule(
        meter=meters,
        age=ages,
        revision=st.sampled_from([0, 0, 0, 1, 2, 3, 4, 256, 257]),
        imports=registers,
        exports=registers,
        stranger=st.sampled_from([False] * 9 + [True]),
    )
    def submit(
        self, *, meter: str, age: int, revision: int, imports: Any, exports: Any, stranger: bool = False
    ) -> None:
        self.tick()
        number, day = METERS[meter], self.model.today() - age
        signer = "stranger" if stranger else meter
        sheet = (number, day, revision, pack(imports), pack(exports))
        error = self.model.submit(number, day, Revision(revision, MEASURED, imports, exports), signer)
        signature = sign(key_of(signer), self.domains["sheets"], DAY_SHEET, sheet)
        self.expect(error, self.region.sheets.submit, [sheet], [signature], by="stranger")

    @rule(
        which=st.integers(0, 50),
        step=st.sampled_from([0, 1, 1, 1, 2, 256, 257]),
        imports=registers,
        exports=registers,
        same=st.booleans(),
    )
    def correct(self, which: int, step: int, imports: Any, exports: Any, same: bool) -> None:
        """Send another revision of a sheet that is here, mostly the next one, or the same once more."""
        held = [key for key, revisions in self.model.sheets.items() if revisions]
        if not held:
            return
        number, day = held[-1 - which % min(len(held), 3)]
        last = self.model.sheets[number, day][-1]
        revision = last.number + step
        if same:
            imports, exports = last.imports, last.exports
        [meter] = [name for name, index in METERS.items() if index == number]
        age = self.model.today() - day
        self.submit(meter=meter, age=age, revision=revision, imports=imports, exports=exports)

    @rule(meter=meters, age=ages, imports=registers, exports=registers)
    def estimate(self, meter: str, age: int, imports: Any, exports: Any) -> None:
        self.tick()
        number, day = METERS[meter], self.model.today() - age
        error = self.model.estimate(number, day, imports, exports)
        guess = (number, day, pack(imports), pack(exports))
        self.expect(error, self.region.sheets.estimate, [guess], by="operator")

    @rule(
        meter=meters,
        key=st.sampled_from(["own", "own", "other", None]),
        signer=st.sampled_from([None, None, None, "operator", *OWNERS]),
        stale=st.sampled_from([0, 0, 0, 1]),
    )
    def change_key(self, meter: str, key: str | None, signer: str | None, stale: int) -> None:
        self.tick()
        number = METERS[meter]
        kind = "devices" if number >= FIRST_DEVICE_METER else "registry"
        contract, index = getattr(self.region, kind), number % FIRST_DEVICE_METER
        if key is None:
            self.expect(self.model.revoke_key(number), contract.revokeMeterKey, index, by="operator")
            return
        name = {"own": meter, "other": f"other {meter}"}[key]
        by, changes = signer or self.model.account_behind(number), self.model.meter(number)[0].key_changes + stale
        consent = sign(key_of(by), self.domains[kind], METER_KEY_CONSENT, (number, address(name), changes, FOREVER))
        error = self.model.replace_key(number, name, signer=by, changes=changes)
        self.expect(error, contract.replaceMeterKey, index, address(name), FOREVER, consent, by="operator")

    # Members

    @rule(name=owners, account=accounts, proposed=st.sampled_from((*SPARE, *SPARE, *ACCOUNTS)), own=mostly)
    def propose(self, name: str, account: str, proposed: str, own: bool) -> None:
        self.tick()
        proposer = self.model.members[MEMBER_IDS[name]].account if own else account
        error = self.model.propose(proposer, proposed)
        self.expect(error, self.region.registry.proposeAccount, address(proposed), by=proposer)

    @rule(name=owners, account=accounts, invited=mostly)
    def accept(self, name: str, account: str, invited: bool) -> None:
        self.tick()
        proposal = self.model.members[MEMBER_IDS[name]].proposal
        newcomer = proposal if proposal and invited else account
        error = self.model.accept(MEMBER_IDS[name], newcomer)
        self.expect(error, self.region.registry.acceptAccount, MEMBER_IDS[name], by=newcomer)

    @rule(name=owners, act=st.sampled_from(["suspend", "lift", "lift", "exit"]), account=accounts)
    def change_status(self, name: str, act: str, account: str) -> None:
        self.tick()
        number, registry = MEMBER_IDS[name], self.region.registry
        if act == "exit":
            self.expect(self.model.exit(account), registry.exit, by=account)
        elif act == "suspend":
            error = self.model.change_status(number, ACTIVE, SUSPENDED)
            self.expect(error, registry.suspend, number, 1, by="operator")
        else:
            error = self.model.change_status(number, SUSPENDED, ACTIVE)
            self.expect(error, registry.liftSuspension, number, 1, by="operator")

    # Freezes

    @rule(account=accounts, time=st.sampled_from([HOUR, DAY, 30 * DAY, 30 * DAY, 30 * DAY + 1, 0]))
    def freeze(self, account: str, time: int) -> None:
        self.tick()
        until = self.model.now + time
        error = self.model.freeze(account, until)
        terms = (address(account), until, REASON, self.nonces[account], FOREVER)
        second = (address("freeze_cosigner"), sign(key_of("freeze_cosigner"), self.domains["freezes"], FREEZE, terms))
        self.expect(error, self.region.freezes.freeze, *terms[:3], FOREVER, second, by="regulator")
        self.nonces[account] += error is None

    @rule(account=accounts, frozen=mostly)
    def lift(self, account: str, frozen: bool) -> None:
        self.tick()
        held = [name for name in ACCOUNTS if self.model.frozen(name)]
        target = held[0] if held and frozen else account
        error = self.model.lift(target)
        terms = (address(target), REASON, self.nonces[target], FOREVER)
        second = (address("freeze_cosigner"), sign(key_of("freeze_cosigner"), self.domains["freezes"], LIFT, terms))
        self.expect(error, self.region.freezes.lift, terms[0], REASON, FOREVER, second, by="regulator")
        self.nonces[target] += error is None

    # Value

    @rule(name=owners, amount=st.sampled_from([1, POINT]))
    def deposit(self, name: str, amount: int) -> None:
        """Also a frozen or exited member receives."""
        self.tick()
        self.model.members[MEMBER_IDS[name]].free += amount
        self.expect(None, self.region.desk.deposit, MEMBER_IDS[name], amount, by="stranger")

    @rule(account=st.sampled_from((*OWNERS, *OWNERS, *ACCOUNTS)), amount=st.sampled_from([0, 1, POINT, 10**6 * POINT]))
    def withdraw(self, account: str, amount: int) -> None:
        self.tick()
        self.expect(self.model.withdraw(account, amount), self.region.desk.withdraw, amount, by=account)

    @rule(seller=owners)
    def agree(self, seller: str) -> None:
        """Ask, without keeping it, whether an agreement for the day after tomorrow would be taken."""
        self.tick()
        first_hour = (self.model.today() + 2) * 24 + 7  # its gate is open
        terms = agreement(
            seller=MEMBER_IDS[seller], firstHour=first_hour, hourCount=1, whPerHour=1, expiry=2**63,
            price=PURCHASE - GRID_FEE, salt=1,
        )  # fmt: skip
        offers = offers_of(terms)
        error = self.model.trade_error(MEMBER_IDS[seller]) or self.model.trade_error(MEMBER_IDS["buyer"])
        signatures = [
            sign(key_of(self.model.members[offer[0]].account), self.domains["offers"], OFFER, offer) for offer in offers
        ]
        self.expect(error, self.region.offers.register, [(*offers, *signatures)], by="stranger", keep=False)

    @rule(device=devices, act=st.sampled_from(["post", "withdraw", "return", "forfeit"]), account=accounts, own=mostly)
    def handle_device(self, device: int, act: str, account: str, own: bool) -> None:
        owner = self.model.members[self.model.devices[device].owner].account
        by = owner if own else account
        if act == "post":
            self.tick()
            self.expect(self.model.post_bond(device, by), self.region.devices.postBond, device, by=by)
        elif act == "withdraw":
            self.withdraw_device(device, by)
        elif act == "return":
            self.return_bond(device)
        else:
            self.forfeit(device)

    def withdraw_device(self, device: int, by: str) -> None:
        self.tick()
        self.expect(self.model.withdraw_device(device, by), self.region.devices.withdraw, device, by=by)

    def return_bond(self, device: int) -> None:
        self.tick()
        self.expect(self.model.return_bond(device), self.region.devices.returnBond, device, by="stranger")

    def forfeit(self, device: int) -> None:
        self.tick()
        terms = (device, address("victim"), REASON, self.model.devices[device].bond_count, FOREVER)
        signature = sign(key_of("freeze_cosigner"), self.domains["devices"], BOND_FORFEITURE, terms)
        second = (address("freeze_cosigner"), signature)
        error = self.model.forfeit(device, "victim")
        self.expect(error, self.region.devices.forfeitBond, *terms[:3], FOREVER, second, by="regulator")

    # Laws

    @invariant()
    def value_is_where_the_model_has_it(self) -> None:
        bonds = sum(device.bond for device in self.model.devices.values())
        free = sum(member.free for member in self.model.members.values())
        assert self.held() == [self.other_bonds + bonds, self.other_free + free], "I-24"

    def check_sheets(self) -> None:
        sheets = self.region.sheets
        for (number, day), revisions in self.model.sheets.items():
            if not revisions:
                continue
            last = revisions[-1]
            final = self.model.now >= self.model.end_of(day) + 7 * DAY
            found = read(
                (sheets.statusOf, number, day),
                (sheets.importOf, number, day),
                (sheets.exportOf, number, day),
                (sheets.historyOf, number, day),
            )
            expected = [1 + final, last.mark, last.number, *pack(last.imports), *pack(last.exports)]
            assert found == [*expected, chain_of(revisions[:-1])], "I-22, I-23"
            past = [(past.number, past.mark, pack(past.imports), pack(past.exports)) for past in revisions[:-1]]
            assert read((sheets.verifyHistory, number, day, past)) == [1], "I-22"
            # A measured sheet may have the revision of the estimate before it.
            order = [(revision.number, revision.mark == MEASURED) for revision in revisions]
            assert order == sorted(set(order)), "I-22"

    def check_members(self) -> None:
        for number, member in self.model.members.items():
            account, status = (int(address(member.account), 16), member.status)
            found = read((self.region.registry.member, number))
            assert (found[0], found[3]) == (account, status), "I-20"
        for account in ACCOUNTS:
            number = self.model.member_of(account)
            error = None if number else "MemberRegistry_UnknownAccount"
            self.expect(error, self.region.registry.idOf, address(account), by="stranger", keep=False)
            if number:
                assert read((self.region.registry.idOf, address(account))) == [number], "I-20"
        found = read(*((self.region.points.balanceOf, address(name)) for name in ACCOUNTS))
        assert found == list(self.model.points.values()), "I-24"

    def drain(self) -> None:
        """Once freezes are over, every balance and every bond leaves, whatever became of its member."""
        self.model.now += 31 * DAY
        for number, member in self.model.members.items():
            if member.free:
                self.withdraw(member.account, member.free)
            assert read((self.region.market.freeOf, number)) == [0], "I-24"
        for number, device in self.model.devices.items():
            if device.last_day > self.model.today():
                self.withdraw_device(number, self.model.members[device.owner].account)
        self.model.now += 15 * DAY
        for number in self.model.devices:
            self.return_bond(number)
        assert self.held() == [self.other_bonds, self.other_free], "I-24"

    def teardown(self) -> None:
        self.tick()
        request("evm_mine", self.model.now)
        self.check_sheets()
        self.check_members()
        self.drain()
        self.check_members()
        request("evm_revert", self.snapshot)


def request_time() -> int:
    return int(web3.eth.get_block("latest")["timestamp"])


def chain_of(past: list[Revision]) -> int:
    """Build the hash chain from its description: 30 bytes of the hash of the link before and the replaced revision."""
    link = bytes(30)
    for revision in past:
        words = (revision.number, revision.mark, *pack(revision.imports), *pack(revision.exports))
        link = keccak(link + bytes(2) + b"".join(word.to_bytes(32, "big") for word in words))[:30]
    return int.from_bytes(link + bytes(2), "big")


@pytest.fixture
def selectors(project):
    names = (
        "MemberRegistry",
        "DeviceRegistry",
        "DaySheets",
        "FreezeList",
        "PowerPoint",
        "BilateralMarket",
        "OfferDesk",
        "MarginDesk",
    )
    return selectors_of(project, *names)


def test_members_and_sheets_follow_the_model(region, selectors):
    for name in ACCOUNTS:
        region.mint(actor(name), 3 * BOND)
        region.points.approve(region.devices, 2**256 - 1, {"from": actor(name)})
    region.mint(actor("stranger"), 1_000 * POINT)
    region.points.approve(region.desk, 2**256 - 1, {"from": actor("stranger")})
    Region.go(START + 9 * DAY)
    request("anvil_autoImpersonateAccount", True)
    MembersMachine.selectors = selectors
    run_state_machine_as_test(
        lambda: MembersMachine(region),
        settings=settings(
            **settings_of("members machine"),
            stateful_step_count=30,
            deadline=None,
            phases=(Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=HealthCheck.all(),
        ),
    )
    request("anvil_autoImpersonateAccount", False)
