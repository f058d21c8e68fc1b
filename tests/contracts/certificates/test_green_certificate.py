import pytest
from brownie import ZERO_ADDRESS, web3

from tests.support.certificates import (
    EXPORTS,
    RETIREMENT,
    SELLER,
    TRIAL,
    certificate_id,
    holdings,
    ids_of,
    issue,
    measure,
    move,
    retire,
    totals,
)
from tests.support.region import (
    BOND,
    COAL,
    DAY,
    DAY_END,
    DEADLINE,
    DEVICE_IDS,
    FINAL,
    FIRST_DEVICE_METER,
    FIRST_HOUR,
    HYDRO,
    MEMBER_IDS,
    NOTHING,
    Region,
    actor,
    fields,
    only,
    pack,
    plain,
)
from tests.support.reverts import reverts


@pytest.fixture(autouse=True)
def day_over(region):
    Region.go(DAY_END)


@pytest.fixture
def issued(region):
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    return issue(region)


def test_a_day_is_issued_from_the_export_register(region, issued):
    assert holdings(region, "seller") == EXPORTS
    assert "EnergyWithheld" not in issued.events
    moved = fields(issued.events["TransferBatch"])
    assert (moved["from"], moved["to"]) == (ZERO_ADDRESS, actor("seller"))
    assert list(moved["ids"]) == ids_of(SELLER, (0, 8, 9, 23))
    assert moved["values"] == (7, 50_000, 100_000, 1)
    assert region.certificates.dayIssued(SELLER, DAY)
    assert totals(region) == (sum(EXPORTS), 0, 0)
    assert region.certificates.certifiedOf(SELLER) == sum(EXPORTS)
    assert plain(region.certificates.measuredOf(SELLER, DAY)) == pack(EXPORTS)
    assert plain(region.certificates.revisionsOf(SELLER, DAY)) == (0,)


def test_nothing_is_certified_before_issuance(region):
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    assert plain(region.certificates.measuredOf(SELLER, DAY)) == (0, 0, 0)
    assert plain(region.certificates.revisionsOf(SELLER, DAY)) == ()
    assert not region.certificates.dayIssued(SELLER, DAY)


def test_the_import_register_certifies_nothing(region):
    prosumer = DEVICE_IDS["prosumer"]
    measure(region, (FIRST_DEVICE_METER + prosumer, DAY, 0, pack([500] * 24), pack(only({12: 3}))))
    issue(region, prosumer)
    assert totals(region, prosumer) == (3, 0, 0)


def test_a_settlement_meter_certifies_nothing(region):
    """Certificates come from a device's own meter; the member's may show more or less."""
    measure(region, region.sheet("seller", exports=EXPORTS), region.device_sheet("seller", exports=only({5: 6})))
    issue(region)
    assert totals(region) == (6, 0, 0)


def test_a_day_is_issued_from_its_final_sheet(region):
    region.submit(region.device_sheet("seller", exports=EXPORTS))
    Region.at(FINAL - 1)
    with reverts("GreenCertificate_NotFinal", SELLER, DAY, FINAL):
        issue(region)
    Region.at(FINAL)
    issue(region)


def test_the_id_names_the_final_revision(region):
    corrected = region.device_sheet("seller", exports=only({9: 5}), revision=3)
    measure(region, region.device_sheet("seller", exports=EXPORTS), corrected)
    issue(region)
    assert holdings(region, "seller", revision=3) == only({9: 5})
    assert holdings(region, "seller") == list(NOTHING)
    assert totals(region) == (5, 0, 0)
    assert plain(region.certificates.revisionsOf(SELLER, DAY)) == (3,)


def test_an_estimate_is_not_certified(region):
    Region.go(DEADLINE)
    guess = (FIRST_DEVICE_METER + SELLER, DAY, pack(NOTHING), pack(EXPORTS))
    region.sheets.estimate([guess], {"from": actor("operator")})
    Region.go(FINAL)
    with reverts("GreenCertificate_Estimated", SELLER, DAY):
        issue(region)


def test_a_device_without_bond_is_not_certified(region):
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    region.forfeit(SELLER, actor("victim"))
    with reverts("DeviceRegistry_WrongBondState", SELLER, 0, 1):
        issue(region)
    region.post_bond("seller", SELLER)
    issue(region)
    assert region.points.balanceOf(actor("victim")) == BOND


def test_certificates_reach_the_owners_present_account(region):
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    region.registry.proposeAccount(actor("new_account"), {"from": actor("seller")})
    region.registry.acceptAccount(MEMBER_IDS["seller"], {"from": actor("new_account")})
    issue(region)
    assert region.certificates.balanceOf(actor("new_account"), certificate_id(SELLER, 8)) == EXPORTS[8]


def test_an_id_says_what_it_certifies(region):
    described = region.certificates.describe(certificate_id(SELLER, 9, revision=5))
    assert plain(described) == (False, SELLER, FIRST_HOUR + 9, HYDRO, 5)


def test_the_id_layout_is_the_librarys(libraries):
    assert libraries.certificateId(False, SELLER, FIRST_HOUR + 9, HYDRO, 0) == certificate_id(SELLER, 9)
    top = (2**32 - 1, 2**32 - 1, 2**8 - 1, 2**16 - 1)
    assert libraries.certificateId(False, *top) == 2**88 - 1
    assert libraries.certificateId(True, *top) == 2**89 - 1


def test_trial_certificates_never_mix_with_others(region, project):
    """Another contract, and another id for the same energy."""
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    trial = project.GreenCertificate.deploy(
        region.roles, region.sheets, 1 << HYDRO, True, "", {"from": region.deployer}
    )
    assert trial.trial()
    assert not region.certificates.trial()
    issue(region)
    issued = trial.issueDay(SELLER, DAY, {"from": actor("stranger")})
    real, marked = certificate_id(SELLER, 9), certificate_id(SELLER, 9) | TRIAL
    assert marked in plain(issued.events["TransferBatch"]["ids"])
    assert plain(trial.describe(marked)) == (True, SELLER, FIRST_HOUR + 9, HYDRO, 0)
    assert (trial.balanceOf(actor("seller"), marked), trial.balanceOf(actor("seller"), real)) == (100_000, 0)
    assert region.certificates.balanceOf(actor("seller"), marked) == 0
    with reverts("ERC1155InsufficientBalance", actor("seller"), 0, 1, real):
        trial.retire(real, 1, False, RETIREMENT, {"from": actor("seller")})


def test_a_device_day_is_issued_once(region, issued):
    with reverts("GreenCertificate_AlreadyIssued", SELLER, DAY):
        issue(region)
    retire(region, "seller", certificate_id(SELLER, 8), 50_000)
    with reverts("GreenCertificate_AlreadyIssued", SELLER, DAY):
        issue(region)


def test_only_renewable_carriers_are_certified(region):
    coal = DEVICE_IDS["second_seller"]
    measure(region, region.device_sheet("second_seller", exports=EXPORTS))
    with reverts("GreenCertificate_NotRenewable", coal, COAL, 1 << HYDRO):
        issue(region, coal)
    with reverts("DeviceRegistry_UnknownDevice", 99):
        issue(region, 99)


def test_the_regulator_names_the_renewable_carriers(region):
    regulator = {"from": actor("regulator")}
    transaction = region.certificates.setRenewableCarriers(1 << COAL, regulator)
    assert fields(transaction.events["RenewableCarriersSet"]) == {"carriers": 1 << COAL}
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    with reverts("GreenCertificate_NotRenewable", SELLER, HYDRO, 1 << COAL):
        issue(region)
    with reverts("GreenCertificate_CarrierZero"):
        region.certificates.setRenewableCarriers(1 << HYDRO | 1, regulator)
    with reverts("AccessManagedUnauthorized", actor("stranger")):
        region.certificates.setRenewableCarriers(2**256 - 2, {"from": actor("stranger")})


def test_no_sheet_no_certificate(region):
    measure(region, (FIRST_DEVICE_METER + SELLER, DAY, 0, pack(EXPORTS), pack(NOTHING)))
    with reverts("GreenCertificate_NotFinal", DEVICE_IDS["prosumer"], DAY, FINAL):
        issue(region, DEVICE_IDS["prosumer"])
    with reverts("GreenCertificate_NothingExported", SELLER, DAY):
        issue(region)


def test_whole_certificates_keep_the_remainder(region):
    # 24 x 30 kWh = 0.72 MWh a day: 0, 1, 2 certificates after one, two, three days (0.72, 1.44, 2.16 MWh)
    Region.go(DAY_END + 2 * 86_400)
    counts = []
    days = (DAY, DAY + 1, DAY + 2)
    region.submit(*(region.device_sheet("seller", exports=[30_000] * 24, day=day) for day in days))
    Region.go(FINAL + 2 * 86_400)
    for day in days:
        issue(region, day=day)
        counts.append(region.certificates.wholeCertificates(SELLER))
    assert counts == [0, 1, 2]


# Retirement


def test_certificates_move_and_are_retired_by_their_holder(region, issued):
    held = certificate_id(SELLER, 9)
    move(region, "seller", "buyer", held, 60_000)
    transaction = retire(region, "buyer", held, 25_000)
    beneficiary, purpose, start, end, country = RETIREMENT
    assert fields(transaction.events["CertificatesRetired"]) == {
        "holder": actor("buyer").address,
        "beneficiaryHash": web3.to_hex(web3.keccak(text=beneficiary)),
        "ids": (held,),
        "amounts": (25_000,),
        "beneficiary": beneficiary,
        "purpose": purpose,
        "periodStart": start,
        "periodEnd": end,
        "country": country,
    }
    burned = fields(transaction.events["TransferSingle"])
    assert (burned["from"], burned["to"], burned["value"]) == (actor("buyer").address, ZERO_ADDRESS, 25_000)
    contract = region.certificates
    assert [contract.balanceOf(actor(name), held) for name in ("buyer", "seller")] == [35_000, 40_000]
    assert [contract.retiredOf(actor(name), held) for name in ("buyer", "seller")] == [25_000, 0]
    assert totals(region) == (sum(EXPORTS), 0, 0)


def test_a_claim_in_parts_adds_up(region, issued):
    held = certificate_id(SELLER, 9)
    left = EXPORTS[9]
    for wh in (1, 60_000, left - 60_001):
        retire(region, "seller", held, wh)
        left -= wh
        assert region.certificates.balanceOf(actor("seller"), held) == left
        assert region.certificates.retiredOf(actor("seller"), held) == EXPORTS[9] - left
    assert left == 0


def test_retired_certificates_are_gone(region, issued):
    held = certificate_id(SELLER, 8)
    retire(region, "seller", held, 50_000)
    with reverts("ERC1155InsufficientBalance", actor("seller"), 0, 1, held):
        retire(region, "seller", held, 1)
    with reverts("ERC1155InsufficientBalance", actor("seller"), 0, 1, held):
        move(region, "seller", "buyer", held, 1)
    assert region.certificates.retiredOf(actor("seller"), held) == 50_000


def test_one_call_retires_for_many_beneficiaries(region, issued):
    day = ids_of(SELLER, (0, 8, 9))
    claims = [
        (day, [7, 20_000, 1], False, ("Works One", "Scope 2", FIRST_HOUR, FIRST_HOUR + 24, "0x4445")),
        (day[1:], [1_000, 2_000], True, ("Works Two", "", FIRST_HOUR + 8, FIRST_HOUR + 10, "0x4652")),
    ]
    transaction = region.certificates.retireBatch(claims, {"from": actor("seller")})
    told = [fields(event) for event in transaction.events["CertificatesRetired"]]
    assert [(list(event["ids"]), list(event["amounts"])) for event in told] == [claim[:2] for claim in claims]
    assert [event["beneficiary"] for event in told] == ["Works One", "Works Two"]
    assert [event["country"] for event in told] == ["0x4445", "0x4652"]
    assert holdings(region, "seller") == only({8: 29_000, 9: 97_999, 23: 1})
    assert [region.certificates.retiredOf(actor("seller"), held) for held in day] == [7, 21_000, 2_001]


def test_a_batch_has_a_cap_and_is_not_empty(region, issued):
    claim = ([certificate_id(SELLER, 9)], [1], False, RETIREMENT)
    for size in (0, 101):
        with reverts("GreenCertificate_BatchSize", size, 100):
            region.certificates.retireBatch([claim] * size, {"from": actor("seller")})
    region.certificates.retireBatch([claim] * 100, {"from": actor("seller")})
    assert region.certificates.retiredOf(actor("seller"), certificate_id(SELLER, 9)) == 100
    for empty in (([], [], False, RETIREMENT), ([], [], True, RETIREMENT)):
        with reverts("GreenCertificate_EmptyBatch"):
            region.certificates.retireBatch([empty], {"from": actor("seller")})


def test_a_batch_is_retired_whole_or_not_at_all(region, issued):
    held = certificate_id(SELLER, 8)
    claims = [([held], [30_000], False, RETIREMENT), ([held], [20_001], False, RETIREMENT)]
    with reverts("ERC1155InsufficientBalance", actor("seller"), 20_000, 20_001, held):
        region.certificates.retireBatch(claims, {"from": actor("seller")})
    assert holdings(region, "seller") == EXPORTS


@pytest.mark.parametrize(
    ("start", "end", "matched"),
    [(8, 9, True), (0, 24, True), (9, 10, False), (7, 8, False)],
)
def test_a_retirement_may_demand_the_hour_of_production(region, issued, start, end, matched):
    held = certificate_id(SELLER, 8)
    period = (FIRST_HOUR + start, FIRST_HOUR + end)
    terms = (*RETIREMENT[:2], *period, RETIREMENT[4])
    if not matched:
        with reverts("GreenCertificate_HourNotMatched", held, *period):
            region.certificates.retire(held, 1, True, terms, {"from": actor("seller")})
    region.certificates.retire(held, 1, matched, terms, {"from": actor("seller")})
    assert region.certificates.retiredOf(actor("seller"), held) == 1


def test_nobody_moves_or_retires_what_is_not_its_own(region, issued):
    held = certificate_id(SELLER, 8)
    stranger, seller = actor("stranger"), actor("seller")
    with reverts("ERC1155InsufficientBalance", stranger, 0, 1, held):
        retire(region, "stranger", held, 1)
    with reverts("ERC1155MissingApprovalForAll", stranger, seller):
        region.certificates.safeTransferFrom(seller, stranger, held, 1, b"", {"from": stranger})


def test_zero_amounts_are_refused(region, issued):
    held, empty = certificate_id(SELLER, 8), certificate_id(SELLER, 1)
    seller, buyer = actor("seller"), actor("buyer")
    with reverts("HourlyHoldings_ZeroAmount", held):
        retire(region, "seller", held, 0)
    with reverts("HourlyHoldings_ZeroAmount", held):
        move(region, "seller", "buyer", held, 0)
    with reverts("HourlyHoldings_ZeroAmount", empty):
        region.certificates.safeBatchTransferFrom(seller, buyer, [held, empty], [1, 0], b"", {"from": seller})


@pytest.mark.parametrize(
    ("retirement", "error", "values"),
    [
        (("", *RETIREMENT[1:]), "GreenCertificate_NoBeneficiary", ()),
        ((*RETIREMENT[:2], 9, 9, "0x4445"), "GreenCertificate_EmptyPeriod", (9, 9)),
        ((*RETIREMENT[:2], 9, 8, "0x4445"), "GreenCertificate_EmptyPeriod", (9, 8)),
        ((*RETIREMENT[:4], "0x4465"), "GreenCertificate_BadCountry", (b"De",)),
        ((*RETIREMENT[:4], "0x0045"), "GreenCertificate_BadCountry", (b"\x00E",)),
        ((*RETIREMENT[:4], "0x405b"), "GreenCertificate_BadCountry", (b"@[",)),
    ],
)
def test_a_retirement_says_for_whom_when_and_where(region, issued, retirement, error, values):
    with reverts(error, *values):
        region.certificates.retire(certificate_id(SELLER, 8), 1, False, retirement, {"from": actor("seller")})


# Receivers


@pytest.fixture
def wallet(region, harness):
    """The seller's device with its sheet of the day, and the contract that is the seller's account by then."""
    deployed = harness["ContractWallet"].deploy(actor("stranger"), {"from": actor("stranger")})
    region.registry.proposeAccount(deployed, {"from": actor("seller")})
    accept = region.registry.acceptAccount.encode_input(MEMBER_IDS["seller"])
    deployed.execute(region.registry, accept, {"from": actor("stranger")})
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    return deployed, SELLER


def test_a_receiver_that_re_enters_is_not_issued_twice(region, wallet):
    account, device = wallet
    again = region.certificates.issueDay.encode_input(device, DAY)
    account.strikeOnReceipt(region.certificates, again, {"from": actor("stranger")})
    issue(region, device)
    assert account.struckBack()
    assert not account.strikeSucceeded()
    expected = web3.keccak(text="GreenCertificate_AlreadyIssued(uint32,uint32)")[:4]
    assert bytes(account.strikeReturned())[:4] == expected
    assert totals(region, device) == (sum(EXPORTS), 0, 0)
    assert region.certificates.balanceOf(account, certificate_id(device, 9)) == EXPORTS[9]


def test_a_receiver_that_retires_at_once_is_counted_once(region, wallet):
    account, device = wallet
    held = certificate_id(device, 9)
    retire = region.certificates.retire.encode_input(held, EXPORTS[9], False, RETIREMENT)
    account.strikeOnReceipt(region.certificates, retire, {"from": actor("stranger")})
    issue(region, device)
    assert account.strikeSucceeded()
    assert totals(region, device) == (sum(EXPORTS), 0, 0)
    assert region.certificates.retiredOf(account, held) == EXPORTS[9]
    assert region.certificates.balanceOf(account, held) == 0


def test_an_account_that_cannot_receive_blocks_only_itself(region, harness):
    prosumer = DEVICE_IDS["prosumer"]
    measure(region, *(region.device_sheet(owner, exports=EXPORTS) for owner in ("seller", "prosumer")))
    deaf = harness["StrikingPoints"].deploy({"from": actor("stranger")})
    region.registry.proposeAccount(deaf, {"from": actor("seller")})
    accept = region.registry.acceptAccount.encode_input(MEMBER_IDS["seller"])
    deaf.callMarket(region.registry, accept, {"from": actor("stranger")})
    with reverts("ERC1155InvalidReceiver", deaf):
        issue(region)
    issue(region, prosumer)
    assert not region.certificates.dayIssued(SELLER, DAY)
    assert region.certificates.dayIssued(prosumer, DAY)


def test_certificates_cannot_be_lost_to_nobody(region, issued):
    with reverts("ERC1155InvalidReceiver", ZERO_ADDRESS):
        region.certificates.safeTransferFrom(
            actor("seller"), ZERO_ADDRESS, certificate_id(SELLER, 8), 1, b"", {"from": actor("seller")}
        )
