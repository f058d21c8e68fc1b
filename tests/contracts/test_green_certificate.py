import pytest
from brownie import ZERO_ADDRESS, web3
from region import (
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
from reverts import reverts

SELLER = DEVICE_IDS["seller"]
EXPORTS = only({0: 7, 8: 50_000, 9: 100_000, 23: 1})
RETIREMENT = ("Gridworks AG", "Scope 2 of 2100", FIRST_HOUR, FIRST_HOUR + 24, "0x4445")  # "DE"


@pytest.fixture(autouse=True)
def day_over(region):
    Region.go(DAY_END)


def certificate_id(device: int, hour_of_day: int, carrier: int = HYDRO) -> int:
    return device << 56 | (FIRST_HOUR + hour_of_day) << 24 | carrier << 16


def issue(region, device=SELLER, day=DAY):
    return region.certificates.issueDay(device, day, {"from": actor("stranger")})


def measure(region, *sheets):
    """Submit sheets of the day and let them become final."""
    region.submit(*sheets)
    Region.go(FINAL)


@pytest.fixture
def issued(region):
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    return issue(region)


def test_a_day_is_issued_from_the_export_register(region, issued):
    ids = [certificate_id(SELLER, hour) for hour in range(24)]
    held = region.certificates.balanceOfBatch([actor("seller")] * 24, ids)
    assert plain(held) == tuple(EXPORTS)
    assert fields(issued.events["DayIssued"]) == {
        "device": SELLER,
        "day": DAY,
        "account": actor("seller").address,
        "wh": sum(EXPORTS),
    }
    moved = fields(issued.events["TransferBatch"])
    assert moved["ids"] == tuple(certificate_id(SELLER, hour) for hour in (0, 8, 9, 23))
    assert moved["values"] == (7, 50_000, 100_000, 1)
    assert region.certificates.dayIssued(SELLER, DAY)
    assert tuple(region.certificates.totalsOf(SELLER)) == (sum(EXPORTS), 0)


def test_the_import_register_certifies_nothing(region):
    prosumer = DEVICE_IDS["prosumer"]
    measure(region, (FIRST_DEVICE_METER + prosumer, DAY, 0, pack([500] * 24), pack(only({12: 3}))))
    issue(region, prosumer)
    assert region.certificates.totalsOf(prosumer)[0] == 3


def test_a_settlement_meter_certifies_nothing(region):
    """Certificates come from a device's own meter; the member's may show more or less."""
    measure(region, region.sheet("seller", exports=EXPORTS), region.device_sheet("seller", exports=only({5: 6})))
    issue(region)
    assert region.certificates.totalsOf(SELLER)[0] == 6


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
    assert region.certificates.balanceOf(actor("seller"), certificate_id(SELLER, 9) + 3) == 5
    assert region.certificates.balanceOf(actor("seller"), certificate_id(SELLER, 9)) == 0
    assert tuple(region.certificates.totalsOf(SELLER)) == (5, 0)


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
    described = region.certificates.describe(certificate_id(SELLER, 9) | 5)
    assert tuple(described) == (SELLER, FIRST_HOUR + 9, HYDRO, 5)


def test_the_id_layout_is_the_librarys(libraries):
    assert libraries.certificateId(SELLER, FIRST_HOUR + 9, HYDRO, 0) == certificate_id(SELLER, 9)
    top = (2**32 - 1, 2**32 - 1, 2**8 - 1, 2**16 - 1)
    assert libraries.certificateId(*top) == 2**88 - 1


def test_a_device_day_is_issued_once(region, issued):
    with reverts("GreenCertificate_AlreadyIssued", SELLER, DAY):
        issue(region)
    region.certificates.retire(certificate_id(SELLER, 8), 50_000, RETIREMENT, {"from": actor("seller")})
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


def test_certificates_move_and_are_retired_by_their_holder(region, issued):
    held = certificate_id(SELLER, 9)
    seller, buyer = actor("seller"), actor("buyer")
    region.certificates.safeTransferFrom(seller, buyer, held, 60_000, b"", {"from": seller})
    transaction = region.certificates.retire(held, 25_000, RETIREMENT, {"from": buyer})
    told = fields(transaction.events["CertificateRetired"])
    assert told == {"holder": buyer.address, "id": held, "wh": 25_000, "retirement": RETIREMENT}
    assert region.certificates.balanceOf(buyer, held) == 35_000
    assert region.certificates.balanceOf(seller, held) == 40_000
    assert tuple(region.certificates.totalsOf(SELLER)) == (sum(EXPORTS), 25_000)


def test_retired_certificates_are_gone(region, issued):
    held = certificate_id(SELLER, 8)
    seller = actor("seller")
    region.certificates.retire(held, 50_000, RETIREMENT, {"from": seller})
    with reverts("ERC1155InsufficientBalance", seller, 0, 1, held):
        region.certificates.retire(held, 1, RETIREMENT, {"from": seller})
    with reverts("ERC1155InsufficientBalance", seller, 0, 1, held):
        region.certificates.safeTransferFrom(seller, actor("buyer"), held, 1, b"", {"from": seller})


def test_nobody_moves_or_retires_what_is_not_its_own(region, issued):
    held = certificate_id(SELLER, 8)
    stranger, seller = actor("stranger"), actor("seller")
    with reverts("ERC1155InsufficientBalance", stranger, 0, 1, held):
        region.certificates.retire(held, 1, RETIREMENT, {"from": stranger})
    with reverts("ERC1155MissingApprovalForAll", stranger, seller):
        region.certificates.safeTransferFrom(seller, stranger, held, 1, b"", {"from": stranger})


def test_zero_amounts_are_refused(region, issued):
    held, empty = certificate_id(SELLER, 8), certificate_id(SELLER, 1)
    seller, buyer = actor("seller"), actor("buyer")
    with reverts("GreenCertificate_ZeroAmount", held):
        region.certificates.retire(held, 0, RETIREMENT, {"from": seller})
    with reverts("GreenCertificate_ZeroAmount", held):
        region.certificates.safeTransferFrom(seller, buyer, held, 0, b"", {"from": seller})
    with reverts("GreenCertificate_ZeroAmount", empty):
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
        region.certificates.retire(certificate_id(SELLER, 8), 1, retirement, {"from": actor("seller")})


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
    assert tuple(region.certificates.totalsOf(device)) == (sum(EXPORTS), 0)
    assert region.certificates.balanceOf(account, certificate_id(device, 9)) == EXPORTS[9]


def test_a_receiver_that_retires_at_once_is_counted_once(region, wallet):
    account, device = wallet
    held = certificate_id(device, 9)
    retire = region.certificates.retire.encode_input(held, EXPORTS[9], RETIREMENT)
    account.strikeOnReceipt(region.certificates, retire, {"from": actor("stranger")})
    issue(region, device)
    assert account.strikeSucceeded()
    assert tuple(region.certificates.totalsOf(device)) == (sum(EXPORTS), EXPORTS[9])
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


# Interface ids of the standards: ERC-165, ERC-1155, its metadata extension, and one that nobody has.
@pytest.mark.parametrize(
    ("interface_id", "supported"),
    [("0x01ffc9a7", True), ("0xd9b67a26", True), ("0x0e89341c", True), ("0xffffffff", False)],
)
def test_interfaces_are_announced(region, interface_id, supported):
    assert region.certificates.supportsInterface(interface_id) is supported
