"""Who may become a member, by whose word, and what can change afterwards."""

import pytest
from brownie import ZERO_ADDRESS, web3

from tests.support.meter_keys import key_changes, replace_key
from tests.support.region import (
    DAY,
    DAY_END,
    FOREVER,
    MEMBER_IDS,
    MEMBERS,
    NAMEPLATE,
    START,
    Kind,
    Region,
    actor,
    fields,
    node_of,
    plain,
    registration,
)
from tests.support.reverts import reverts
from tests.support.signing import METER_KEY_CONSENT, REGISTRATION, digest, domain_of, key_of, malleated, sign

SELLER, BUYER, GRID = (MEMBER_IDS[name] for name in ("seller", "buyer", "grid_company"))
NEWCOMER = len(MEMBERS) + 1
ACTIVE, SUSPENDED, EXITED = 1, 2, 3
LARGEST = 2 * 10**9  # [W]
OPERATOR_ONLY = ("suspend", "liftSuspension", "replaceMeterKey", "revokeMeterKey", "assignGroup")


@pytest.fixture
def operator():
    return {"from": actor("operator")}


def member(region, number):
    words = ("account", "group", "kind", "status", "node", "keyChanges"), ("meterKey", "importW", "exportW", "firstDay")
    names = (*words[0], *words[1])
    return dict(zip(names, plain(region.registry.member(number)), strict=True))


def rotate(region, name, newcomer):
    region.registry.proposeAccount(actor(newcomer), {"from": actor(name)})
    return region.registry.acceptAccount(MEMBER_IDS[name], {"from": actor(newcomer)})


# Registration


def test_members_are_found_by_id_and_by_account(region):
    assert region.registry.memberCount() == len(MEMBERS)
    for name, kind, import_w, export_w in MEMBERS:
        assert member(region, MEMBER_IDS[name]) == {
            "account": actor(name).address,
            "group": 0,
            "kind": int(kind),
            "status": ACTIVE,
            "node": node_of(name),
            "keyChanges": 0,
            "meterKey": actor(f"meter of {name}").address,
            "importW": import_w,
            "exportW": export_w,
            "firstDay": DAY - 1,
        }
        assert region.registry.idOf(actor(name)) == MEMBER_IDS[name]


def test_registration_is_told_in_events(region):
    consumer = registration("late_comer", kind=int(Kind.CONSUMER), exportW=0, group=9)
    transaction = region.join(registration("newcomer"), consumer, signers=["newcomer", "late_comer"])
    assert transaction.return_value == NEWCOMER
    events = transaction.events["MemberRegistered"]
    assert [event["id"] for event in events] == [NEWCOMER, NEWCOMER + 1]
    assert fields(events[1]) == {
        "id": NEWCOMER + 1,
        "account": actor("late_comer").address,
        "node": 77,
        "meterKey": actor("meter of late_comer").address,
        "kind": Kind.CONSUMER,
        "group": 9,
        "importW": NAMEPLATE,
        "exportW": 0,
    }
    assert region.registry.idOf(actor("late_comer")) == NEWCOMER + 1


def test_only_the_operator_registers(region):
    terms = registration("newcomer")
    accepted = region.accept(terms, "newcomer")
    for name in ("stranger", "newcomer", "regulator"):
        with reverts("AccessManagedUnauthorized", actor(name)):
            region.registry.register([terms], [accepted], {"from": actor(name)})


def test_digest_is_that_of_eip_712(region):
    terms = registration("newcomer", group=5, kind=int(Kind.PROSUMER), importW=7, deadline=9)
    domain = region.domain(region.registry, "Gridleaf MemberRegistry")
    assert bytes(region.registry.acceptanceDigest(terms)) == digest(domain, REGISTRATION, terms)


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "late_comer"},
        {"meterKey": "meter of seller"},
        {"node": 78},
        {"kind": int(Kind.PROSUMER)},
        {"group": 1},
        {"importW": NAMEPLATE + 1},
        {"exportW": NAMEPLATE + 1},
        {"deadline": FOREVER - 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_member_accepts_every_term(region, operator, changes):
    accepted = region.accept(registration("newcomer"), "newcomer")
    changes = {name: actor(value).address if isinstance(value, str) else value for name, value in changes.items()}
    other = registration("newcomer", **changes)
    with reverts("MemberRegistry_BadAcceptance", other[0], bytes(region.registry.acceptanceDigest(other))):
        region.registry.register([other], [accepted], operator)
    region.registry.register([registration("newcomer")], [accepted], operator)


def test_an_acceptance_is_the_accounts_own_for_this_registry_and_chain(region, operator):
    terms = registration("newcomer")
    good = region.accept(terms, "newcomer")
    here = region.domain(region.registry, "Gridleaf MemberRegistry")
    abroad = domain_of("Gridleaf MemberRegistry", region.registry.address, chain_id=web3.eth.chain_id + 1)
    elsewhere = domain_of("Gridleaf MemberRegistry", region.market.address, chain_id=web3.eth.chain_id)
    foreign = [sign(key_of("newcomer"), domain, REGISTRATION, terms) for domain in (abroad, elsewhere)]
    foreign.append(sign(key_of("operator"), here, REGISTRATION, terms))
    for bad in (*foreign, malleated(good), good[:64], b"", bytes(65)):
        with reverts("MemberRegistry_BadAcceptance", terms[0], digest(here, REGISTRATION, terms)):
            region.registry.register([terms], [bad], operator)


def test_a_contract_accepts_by_erc_1271(region, harness, operator):
    wallet = harness["ContractWallet"].deploy(actor("stranger"), {"from": actor("stranger")})
    terms = registration("newcomer", account=wallet.address)
    with reverts("MemberRegistry_BadAcceptance", wallet, bytes(region.registry.acceptanceDigest(terms))):
        region.registry.register([terms], [region.accept(terms, "newcomer")], operator)
    region.registry.register([terms], [region.accept(terms, "stranger")], operator)
    assert region.registry.idOf(wallet) == NEWCOMER


def test_an_acceptance_lapses(region):
    deadline = START + 10**6
    terms = registration("newcomer", deadline=deadline)
    Region.at(deadline + 1)
    with reverts("MemberRegistry_Expired", terms[0], deadline, deadline + 1):
        region.join(terms, signers=["newcomer"])


def test_an_acceptance_serves_until_its_deadline(region):
    deadline = START + 10**6
    Region.at(deadline)
    region.join(registration("newcomer", deadline=deadline), signers=["newcomer"])


def test_one_account_is_one_member(region):
    seller = actor("seller")
    with reverts("MemberRegistry_AccountTaken", seller, SELLER):
        region.join(registration("seller"), signers=["seller"])
    twice = registration("newcomer")
    with reverts("MemberRegistry_AccountTaken", actor("newcomer"), NEWCOMER):
        region.join(twice, twice, signers=["newcomer", "newcomer"])
    assert region.registry.memberCount() == len(MEMBERS)


GENERATOR, CONSUMER, PROSUMER, GRID_COMPANY, OPERATOR, PROVIDER = (int(kind) for kind in Kind)


@pytest.mark.parametrize(
    ("kind", "has_key", "import_w", "export_w"),
    [
        (GENERATOR, True, 5, 0),
        (GENERATOR, False, 5, 5),
        (CONSUMER, True, 0, 0),
        (CONSUMER, True, 5, 5),
        (CONSUMER, False, 5, 0),
        (PROSUMER, True, 0, 5),
        (PROSUMER, True, 5, 0),
        (GRID_COMPANY, True, 0, 5),
        (GRID_COMPANY, False, 5, 5),
        (OPERATOR, True, 0, 0),
        (OPERATOR, False, 1, 0),
        (PROVIDER, False, 0, 1),
        (PROVIDER, True, 5, 5),
    ],
)
def test_a_meter_that_does_not_fit_its_kind_is_refused(region, kind, has_key, import_w, export_w):
    key = actor("meter of newcomer").address if has_key else ZERO_ADDRESS
    terms = registration("newcomer", kind=kind, meterKey=key, importW=import_w, exportW=export_w)
    with reverts("MemberRegistry_MeterMismatch", terms[0], kind, key, import_w, export_w):
        region.join(terms, signers=["newcomer"])


@pytest.mark.parametrize(
    ("kind", "has_key", "import_w", "export_w"),
    [
        (GENERATOR, True, 0, 5),
        (GENERATOR, True, 5, LARGEST),
        (CONSUMER, True, LARGEST, 0),
        (PROSUMER, True, 1, 1),
        (GRID_COMPANY, True, 5, 5),
        (OPERATOR, False, 0, 0),
        (PROVIDER, False, 0, 0),
    ],
)
def test_a_meter_that_fits_its_kind_is_taken(region, kind, has_key, import_w, export_w):
    key = actor("meter of newcomer").address if has_key else ZERO_ADDRESS
    terms = registration("newcomer", kind=kind, meterKey=key, importW=import_w, exportW=export_w)
    region.join(terms, signers=["newcomer"])
    assert member(region, NEWCOMER)["kind"] == kind
    if has_key:
        assert plain(region.registry.meterOf(NEWCOMER)) == (key, import_w, export_w, DAY - 1, 2**32 - 1)
    else:
        with reverts("MemberRegistry_NoMeter", NEWCOMER):
            region.registry.meterOf(NEWCOMER)


def test_a_meter_counts_from_the_local_day_of_its_registration(region):
    for time, name, day in ((DAY_END - 1, "newcomer", DAY), (DAY_END, "late_comer", DAY + 1)):
        Region.at(time)
        number = int(region.join(registration(name), signers=[name]).return_value)
        assert region.registry.meterOf(number)["firstDay"] == region.registry.member(number)["firstDay"] == day


@pytest.mark.parametrize("offset", [-13, 15])
def test_the_offset_is_one_on_earth(region, project, offset):
    with reverts("MarketTime_BadOffset", offset, -12, 14):
        project.MemberRegistry.deploy(region.roles, region.freezes, offset, {"from": region.deployer})


@pytest.mark.parametrize(("import_w", "export_w"), [(LARGEST + 1, 5), (5, LARGEST + 1), (2**32 - 1, 2**32 - 1)])
def test_nameplates_have_a_cap(region, import_w, export_w):
    terms = registration("newcomer", importW=import_w, exportW=export_w)
    with reverts("MemberRegistry_NameplateTooLarge", terms[0], import_w, export_w, LARGEST):
        region.join(terms, signers=["newcomer"])


def test_batches_have_a_cap(region, operator):
    cap = region.registry.BATCH_CAP()
    terms = registration("newcomer")
    sizes = ((0, 0), (1, 0), (1, 2), (cap + 1, cap + 1))
    for entries, acceptances in (([terms] * count, [b""] * accepted) for count, accepted in sizes):
        with reverts("MemberRegistry_BatchSize", len(entries), len(acceptances), cap):
            region.registry.register(entries, acceptances, operator)
    names = [f"newcomer {index}" for index in range(cap)]
    region.join(*(registration(name) for name in names), signers=names)
    assert region.registry.memberCount() == len(MEMBERS) + cap
    assert region.registry.idOf(actor(names[-1])) == len(MEMBERS) + cap


def test_unknown_members_are_named(region, operator):
    for absent in (0, NEWCOMER, 2**32 - 1):
        for call in (region.registry.member, region.registry.requireMayTrade):
            with reverts("MemberRegistry_UnknownMember", absent):
                call(absent)
        for selling in (True, False):
            with reverts("MemberRegistry_UnknownMember", absent):
                region.registry.traderOf(absent, selling)
        with reverts("MemberRegistry_NoMeter", absent):
            region.registry.meterOf(absent)
        for change in (region.registry.suspend, region.registry.liftSuspension, region.registry.assignGroup):
            with reverts("MemberRegistry_UnknownMember", absent):
                change(absent, 1, operator)
        with reverts("MemberRegistry_NoMeter", absent):
            region.registry.revokeMeterKey(absent, operator)
    for name in ("proposeAccount", "exit"):
        arguments = [actor("newcomer")] if name == "proposeAccount" else []
        with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
            getattr(region.registry, name)(*arguments, {"from": actor("stranger")})
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        region.registry.idOf(actor("stranger"))


# Account rotation


def test_an_account_is_rotated_in_two_steps(region):
    old, new = actor("seller"), actor("new_account")
    transaction = region.registry.proposeAccount(new, {"from": old})
    assert fields(transaction.events["AccountProposed"]) == {"id": SELLER, "account": new.address}
    assert region.registry.proposedAccount(SELLER) == new
    assert region.registry.idOf(old) == SELLER
    transaction = region.registry.acceptAccount(SELLER, {"from": new})
    assert fields(transaction.events["AccountRotated"]) == {
        "id": SELLER,
        "oldAccount": old.address,
        "newAccount": new.address,
    }
    assert region.registry.idOf(new) == SELLER
    assert member(region, SELLER)["account"] == new.address
    assert region.registry.proposedAccount(SELLER) == ZERO_ADDRESS


def test_the_old_account_stops_at_once(region):
    old = actor("seller")
    rotate(region, "seller", "new_account")
    with reverts("MemberRegistry_UnknownAccount", old):
        region.registry.idOf(old)
    for call in (lambda: region.registry.exit({"from": old}), lambda: region.desk.withdraw(1, {"from": old})):
        with reverts("MemberRegistry_UnknownAccount", old):
            call()


def test_only_the_proposed_account_accepts(region):
    region.registry.proposeAccount(actor("new_account"), {"from": actor("seller")})
    for name in ("stranger", "seller", "buyer", "operator"):
        with reverts("MemberRegistry_NotProposed", SELLER, actor(name)):
            region.registry.acceptAccount(SELLER, {"from": actor(name)})
    with reverts("MemberRegistry_NotProposed", BUYER, actor("new_account")):
        region.registry.acceptAccount(BUYER, {"from": actor("new_account")})


def test_a_proposal_is_replaced_and_withdrawn(region):
    seller = {"from": actor("seller")}
    region.registry.proposeAccount(actor("new_account"), seller)
    region.registry.proposeAccount(actor("other_account"), seller)
    with reverts("MemberRegistry_NotProposed", SELLER, actor("new_account")):
        region.registry.acceptAccount(SELLER, {"from": actor("new_account")})
    region.registry.proposeAccount(ZERO_ADDRESS, seller)
    with reverts("MemberRegistry_NotProposed", SELLER, actor("other_account")):
        region.registry.acceptAccount(SELLER, {"from": actor("other_account")})


def test_an_account_never_serves_a_second_member(region):
    rotate(region, "seller", "new_account")
    for account, owner in (("seller", SELLER), ("new_account", SELLER), ("buyer", BUYER)):
        with reverts("MemberRegistry_AccountTaken", actor(account), owner):
            region.registry.proposeAccount(actor(account), {"from": actor("prosumer")})
    for account in ("seller", "new_account"):
        with reverts("MemberRegistry_AccountTaken", actor(account), SELLER):
            region.join(registration(account), signers=[account])


def test_an_account_that_became_a_member_meanwhile_does_not_take_over(region):
    region.registry.proposeAccount(actor("newcomer"), {"from": actor("seller")})
    region.join(registration("newcomer"), signers=["newcomer"])
    with reverts("MemberRegistry_AccountTaken", actor("newcomer"), NEWCOMER):
        region.registry.acceptAccount(SELLER, {"from": actor("newcomer")})


def test_rotation_does_not_escape_a_freeze(region):
    region.registry.proposeAccount(actor("new_account"), {"from": actor("seller")})
    until = START + 30 * 86_400
    region.freeze(actor("seller"), until)
    with reverts("FreezeList_Frozen", actor("seller"), until):
        region.registry.acceptAccount(SELLER, {"from": actor("new_account")})
    region.lift(actor("seller"))
    region.registry.acceptAccount(SELLER, {"from": actor("new_account")})
    assert region.registry.idOf(actor("new_account")) == SELLER


# Suspension and exit


def test_a_suspension_stops_entry_until_it_is_lifted(region, operator):
    transaction = region.registry.suspend(SELLER, 17, operator)
    assert fields(transaction.events["MemberSuspended"]) == {"id": SELLER, "reason": 17}
    with reverts("MemberRegistry_WrongStatus", SELLER, SUSPENDED, ACTIVE):
        region.registry.requireMayTrade(SELLER)
    with reverts("MemberRegistry_WrongStatus", SELLER, SUSPENDED, ACTIVE):
        region.registry.traderOf(SELLER, True)
    with reverts("MemberRegistry_WrongStatus", SELLER, SUSPENDED, ACTIVE):
        region.registry.suspend(SELLER, 17, operator)
    transaction = region.registry.liftSuspension(SELLER, 18, operator)
    assert fields(transaction.events["SuspensionLifted"]) == {"id": SELLER, "reason": 18}
    assert plain(region.registry.requireMayTrade(SELLER)) == plain(region.registry.member(SELLER))
    with reverts("MemberRegistry_WrongStatus", SELLER, ACTIVE, SUSPENDED):
        region.registry.liftSuspension(SELLER, 18, operator)


def test_an_exit_is_for_good(region, operator):
    transaction = region.registry.exit({"from": actor("seller")})
    assert fields(transaction.events["MemberExited"]) == {"id": SELLER}
    assert member(region, SELLER)["status"] == EXITED
    assert region.registry.idOf(actor("seller")) == SELLER
    with reverts("MemberRegistry_WrongStatus", SELLER, EXITED, ACTIVE):
        region.registry.requireMayTrade(SELLER)
    with reverts("MemberRegistry_WrongStatus", SELLER, EXITED, ACTIVE):
        region.registry.traderOf(SELLER, True)
    with reverts("MemberRegistry_WrongStatus", SELLER, EXITED, ACTIVE):
        region.registry.exit({"from": actor("seller")})
    with reverts("MemberRegistry_WrongStatus", SELLER, EXITED, SUSPENDED):
        region.registry.liftSuspension(SELLER, 1, operator)
    with reverts("MemberRegistry_WrongStatus", SELLER, EXITED, ACTIVE):
        region.registry.suspend(SELLER, 1, operator)


def test_a_suspended_member_may_exit(region, operator):
    region.registry.suspend(SELLER, 17, operator)
    region.registry.exit({"from": actor("seller")})
    assert member(region, SELLER)["status"] == EXITED


def test_a_frozen_account_does_not_trade(region):
    until = START + 30 * 86_400
    region.freeze(actor("seller"), until)
    with reverts("FreezeList_Frozen", actor("seller"), until):
        region.registry.requireMayTrade(SELLER)
    with reverts("FreezeList_Frozen", actor("seller"), until):
        region.registry.traderOf(SELLER, True)
    assert region.registry.requireMayTrade(BUYER)["account"] == actor("buyer")


def test_a_trader_has_the_capacity_of_the_register_that_it_uses(region, operator):
    number = region.registry.memberCount() + 1
    terms = registration("two-way", kind=int(Kind.PROSUMER), importW=5_000, exportW=7_000)
    region.join(terms, signers=["two-way"])
    region.registry.assignGroup(number, 9, operator)
    both = [tuple(region.registry.traderOf(number, selling)) for selling in (True, False)]
    assert both == [(actor("two-way"), Kind.PROSUMER, 9, capacity) for capacity in (7_000, 5_000)]


# Meters and groups


def test_a_meter_key_is_replaced_and_revoked(region, operator):
    old, new = actor("meter of seller").address, actor("second meter of seller").address
    transaction = replace_key(region, SELLER, new, signer="seller")
    assert fields(transaction.events["MeterKeyChanged"]) == {"id": SELLER, "oldKey": old, "newKey": new}
    assert plain(region.registry.meterOf(SELLER)) == (new, NAMEPLATE, NAMEPLATE, DAY - 1, 2**32 - 1)
    transaction = region.registry.revokeMeterKey(SELLER, operator)
    assert fields(transaction.events["MeterKeyChanged"]) == {"id": SELLER, "oldKey": new, "newKey": ZERO_ADDRESS}
    assert member(region, SELLER)["meterKey"] == ZERO_ADDRESS
    with reverts("MemberRegistry_BadMeterKey", SELLER, ZERO_ADDRESS):
        region.registry.revokeMeterKey(SELLER, operator)
    replace_key(region, SELLER, old, signer="seller")
    assert region.registry.meterOf(SELLER)["key"] == old
    assert key_changes(region, SELLER) == 3


def test_a_meter_key_is_replaced_by_another_one(region):
    old = actor("meter of seller").address
    for key in (old, ZERO_ADDRESS):
        with reverts("MemberRegistry_BadMeterKey", SELLER, key):
            replace_key(region, SELLER, key, signer="seller")


def test_the_operator_alone_gives_a_meter_no_key(region):
    """With a key of its own it would measure for the member."""
    terms = (SELLER, actor("operator").address, 0, FOREVER)
    asked = digest(region.domain(region.registry, "Gridleaf MemberRegistry"), METER_KEY_CONSENT, terms)
    assert bytes(region.registry.meterKeyDigest(SELLER, actor("operator"), FOREVER)) == asked
    for signer in ("operator", "buyer", "meter of seller"):
        with reverts("MeterKeyConsent_BadSignature", actor("seller"), asked):
            replace_key(region, SELLER, actor("operator"), signer=signer)
    assert region.registry.meterOf(SELLER)["key"] == actor("meter of seller")


def test_a_revocation_ends_the_consents_before_it(region, operator):
    """A key that was consented to may be the very one that got lost meanwhile."""
    new = actor("second meter of seller").address
    region.registry.revokeMeterKey(SELLER, operator)
    asked = bytes(region.registry.meterKeyDigest(SELLER, new, FOREVER))
    with reverts("MeterKeyConsent_BadSignature", actor("seller"), asked):
        replace_key(region, SELLER, new, signer="seller", changes=0)
    replace_key(region, SELLER, new, signer="seller", changes=1)


def test_a_consent_lapses(region):
    Region.at(DAY_END + 1)
    with reverts("MeterKeyConsent_Expired", DAY_END, DAY_END + 1):
        replace_key(region, SELLER, actor("second meter of seller"), signer="seller", deadline=DAY_END)


def test_who_has_no_meter_gets_no_key(region):
    terms = registration("newcomer", kind=PROVIDER, meterKey=ZERO_ADDRESS, importW=0, exportW=0)
    region.join(terms, signers=["newcomer"])
    with reverts("MemberRegistry_NoMeter", NEWCOMER):
        replace_key(region, NEWCOMER, actor("stranger"), signer="newcomer")
    with reverts("MemberRegistry_UnknownMember", NEWCOMER + 1):
        replace_key(region, NEWCOMER + 1, actor("stranger"), signer="newcomer", changes=0)


def test_related_parties_are_named(region, operator):
    transaction = region.registry.assignGroup(SELLER, 44, operator)
    assert fields(transaction.events["GroupAssigned"]) == {"id": SELLER, "oldGroup": 0, "newGroup": 44}
    region.registry.assignGroup(SELLER, 45, operator)
    before = member(region, SELLER)
    assert before["group"] == 45
    transaction = region.registry.assignGroup(SELLER, 0, operator)
    assert fields(transaction.events["GroupAssigned"]) == {"id": SELLER, "oldGroup": 45, "newGroup": 0}
    assert member(region, SELLER) == before | {"group": 0}


@pytest.mark.parametrize("function", OPERATOR_ONLY)
def test_changes_are_the_operators(region, function):
    rest = {"revokeMeterKey": [], "replaceMeterKey": [actor("stranger"), FOREVER, b""]}.get(function, [1])
    for name in ("stranger", "seller", "regulator"):
        with reverts("AccessManagedUnauthorized", actor(name)):
            getattr(region.registry, function)(SELLER, *rest, {"from": actor(name)})
