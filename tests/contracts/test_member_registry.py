from brownie import ZERO_ADDRESS
from region import COAL, HYDRO, MEMBER_IDS, MEMBERS, NAMEPLATE, Kind, actor, fields, node_of, plain
from reverts import reverts


def registration(name: str, **changes):
    fields = {
        "account": actor(name).address,
        "meterKey": actor(f"meter of {name}").address,
        "node": 77,
        "kind": Kind.GENERATOR,
        "carrier": HYDRO,
        "nameplateW": NAMEPLATE,
    }
    assert changes.keys() <= fields.keys()
    return tuple((fields | changes).values())


def register(region, *registrations, by="operator"):
    return region.registry.register(list(registrations), {"from": actor(by)})


def test_members_are_found_by_id_and_by_account(region):
    assert region.registry.memberCount() == len(MEMBERS)
    for name, kind, carrier, nameplate in MEMBERS:
        assert plain(region.registry.member(MEMBER_IDS[name])) == (
            actor(name).address,
            nameplate,
            node_of(name),
            actor(f"meter of {name}").address,
            int(kind),
            carrier,
        )
        assert region.registry.idOf(actor(name)) == MEMBER_IDS[name]


def test_registration_is_told_in_events(region):
    first = len(MEMBERS) + 1
    transaction = register(region, registration("newcomer"), registration("late_comer", kind=Kind.CONSUMER, carrier=0))
    assert transaction.return_value == first
    events = transaction.events["MemberRegistered"]
    assert [event["id"] for event in events] == [first, first + 1]
    assert fields(events[1]) == {
        "id": first + 1,
        "account": actor("late_comer").address,
        "node": 77,
        "meterKey": actor("meter of late_comer").address,
        "kind": Kind.CONSUMER,
        "carrier": 0,
        "nameplateW": NAMEPLATE,
    }
    assert region.registry.idOf(actor("late_comer")) == first + 1


def test_only_the_operator_registers(region):
    with reverts("AccessManagedUnauthorized", actor("stranger")):
        register(region, registration("newcomer"), by="stranger")


def test_one_account_is_one_member(region):
    seller = actor("seller")
    with reverts("MemberRegistry_AccountTaken", seller, MEMBER_IDS["seller"]):
        register(region, registration("newcomer", account=seller.address))
    twice = [registration("newcomer"), registration("newcomer")]
    with reverts("MemberRegistry_AccountTaken", actor("newcomer"), len(MEMBERS) + 1):
        register(region, *twice)


def test_incomplete_registrations_are_refused(region):
    newcomer = actor("newcomer")
    with reverts("MemberRegistry_ZeroAccount", 1):
        register(region, registration("late_comer"), registration("newcomer", account=ZERO_ADDRESS))
    with reverts("MemberRegistry_ZeroMeterKey", newcomer):
        register(region, registration("newcomer", meterKey=ZERO_ADDRESS))
    with reverts("MemberRegistry_ZeroNameplate", newcomer):
        register(region, registration("newcomer", nameplateW=0))
    assert region.registry.memberCount() == len(MEMBERS)


def test_carrier_fits_the_kind(region):
    newcomer = actor("newcomer")
    for kind, carrier in ((Kind.GENERATOR, 0), (Kind.PROSUMER, 0), (Kind.CONSUMER, COAL)):
        with reverts("MemberRegistry_CarrierMismatch", newcomer, int(kind), carrier):
            register(region, registration("newcomer", kind=kind, carrier=carrier))
    register(region, registration("newcomer", kind=Kind.GRID_COMPANY, carrier=0))
    register(region, registration("late_comer", kind=Kind.GRID_COMPANY, carrier=COAL))


def test_batches_have_a_cap(region):
    cap = region.registry.BATCH_CAP()
    with reverts("MemberRegistry_BatchSize", 0, cap):
        register(region)
    meter = actor("meter of newcomer").address
    many = [(f"0x{index:040x}", meter, 1, Kind.CONSUMER, 0, NAMEPLATE) for index in range(1, cap + 2)]
    with reverts("MemberRegistry_BatchSize", cap + 1, cap):
        register(region, *many)
    register(region, *many[:cap])
    assert region.registry.memberCount() == len(MEMBERS) + cap


def test_unknown_members_are_named(region):
    count = len(MEMBERS)
    for absent in (0, count + 1):
        with reverts("MemberRegistry_UnknownMember", absent, count):
            region.registry.member(absent)
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        region.registry.idOf(actor("stranger"))
