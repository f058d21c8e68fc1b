"""Points and certificates against the texts of ERC-165, ERC-20, ERC-2612 and ERC-1155, sentence by sentence."""

import pytest
from brownie import ZERO_ADDRESS, web3
from eth_utils import keccak

from tests.support.certificates import EXPORTS, SELLER, certificate_id, holdings, ids_of, issue, measure
from tests.support.region import DAY_END, POINT, START, Region, actor, fields, only, plain
from tests.support.reverts import reverts
from tests.support.signing import PERMIT, key_of, sign

HELD = certificate_id(SELLER, 9)
ACCEPTS, ANSWERS_WRONGLY, REFUSES, REFUSES_SILENTLY = range(4)


def by(name):
    return {"from": actor(name)}


def selector(signature):
    return int.from_bytes(keccak(text=signature)[:4], "big")


# ERC-165

ERC165 = ["supportsInterface(bytes4)"]
ERC1155 = [
    "safeTransferFrom(address,address,uint256,uint256,bytes)",
    "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
    "balanceOf(address,uint256)",
    "balanceOfBatch(address[],uint256[])",
    "setApprovalForAll(address,bool)",
    "isApprovedForAll(address,address)",
]
METADATA = ["uri(uint256)"]


def interface_of(signatures):
    identifier = 0
    for signature in signatures:
        identifier ^= selector(signature)
    return identifier.to_bytes(4, "big")


@pytest.mark.parametrize(
    ("identifier", "stated", "supported"),
    [
        (interface_of(ERC165), "01ffc9a7", True),
        (interface_of(ERC1155), "d9b67a26", True),
        (interface_of(METADATA), "0e89341c", True),
        (b"\xff" * 4, "ffffffff", False),
        (interface_of(["transfer(address,uint256)"]), "a9059cbb", False),
    ],
)
def test_erc165_announces_what_is_there(region, identifier, stated, supported):
    assert identifier.hex() == stated
    data = keccak(text=ERC165[0])[:4] + identifier.ljust(32, b"\0")
    question = {"to": region.certificates.address, "data": data, "gas": 30_000}  # "use less than 30,000 gas"
    found = web3.eth.call({**question, "gas": 30_000 + 21_000 + 16 * len(data)})
    assert bool(int.from_bytes(found, "big")) is supported


# ERC-20


@pytest.fixture
def funded(region):
    region.mint(actor("buyer"), 10 * POINT)
    return region.points


def test_erc20_describes_itself(funded):
    assert (funded.name(), funded.symbol(), funded.decimals()) == ("Gridleaf Power Point", "POINT", 18)


def test_erc20_a_transfer_moves_and_is_announced(funded):
    supply, before = funded.totalSupply(), funded.balanceOf(actor("seller"))
    transaction = funded.transfer(actor("seller"), POINT, by("buyer"))
    assert transaction.return_value is True
    assert fields(transaction.events["Transfer"]) == {
        "from": actor("buyer").address,
        "to": actor("seller").address,
        "value": POINT,
    }
    assert funded.balanceOf(actor("buyer")) == 9 * POINT
    assert funded.balanceOf(actor("seller")) == before + POINT
    assert funded.totalSupply() == supply


def test_erc20_transfers_of_nothing_are_normal_transfers(funded):
    """Transfers of 0 values MUST be treated as normal transfers and fire the Transfer event."""
    for transaction in (
        funded.transfer(actor("seller"), 0, by("buyer")),
        funded.transferFrom(actor("buyer"), actor("seller"), 0, by("stranger")),
    ):
        assert fields(transaction.events["Transfer"])["value"] == 0


def test_erc20_a_transfer_above_the_balance_throws(funded):
    with reverts("ERC20InsufficientBalance", actor("buyer"), 10 * POINT, 10 * POINT + 1):
        funded.transfer(actor("seller"), 10 * POINT + 1, by("buyer"))


def test_erc20_an_allowance_is_used_up(funded):
    approval = funded.approve(actor("stranger"), POINT, by("buyer"))
    assert approval.return_value is True
    assert fields(approval.events["Approval"]) == {
        "owner": actor("buyer").address,
        "spender": actor("stranger").address,
        "value": POINT,
    }
    funded.transferFrom(actor("buyer"), actor("seller"), POINT - 1, by("stranger"))
    assert funded.allowance(actor("buyer"), actor("stranger")) == 1
    with reverts("ERC20InsufficientAllowance", actor("stranger"), 1, 2):
        funded.transferFrom(actor("buyer"), actor("seller"), 2, by("stranger"))
    funded.approve(actor("stranger"), 5, by("buyer"))
    assert funded.allowance(actor("buyer"), actor("stranger")) == 5, "approve overwrites"


def test_erc20_minting_and_burning_are_transfers_from_and_to_nobody(region, funded):
    minted = region.mint(actor("seller"), POINT)
    assert fields(minted.events["Transfer"])["from"] == ZERO_ADDRESS
    burned = funded.burn(POINT, 1, by("seller"))
    assert fields(burned.events["Transfer"])["to"] == ZERO_ADDRESS


# ERC-2612


def permit(region, *, owner="buyer", value=POINT, nonce=0, deadline=START + 10**6, key=None):
    message = (actor(owner).address, actor("stranger").address, value, nonce, deadline)
    signature = sign(key or key_of(owner), region.domain(region.points, "Gridleaf Power Point"), PERMIT, message)
    return (*message[:3], deadline, signature[64], signature[:32], signature[32:64])


def test_erc2612_sets_allowance_nonce_and_announces(region, funded):
    transaction = funded.permit(*permit(region), by("seller"))
    assert funded.allowance(actor("buyer"), actor("stranger")) == POINT
    assert funded.nonces(actor("buyer")) == 1
    assert fields(transaction.events["Approval"])["value"] == POINT


def test_erc2612_holds_until_its_deadline(region, funded):
    deadline = START + 10**6
    Region.at(deadline)
    funded.permit(*permit(region), by("seller"))
    Region.at(deadline + 1)
    with reverts("ERC2612ExpiredSignature", deadline):
        funded.permit(*permit(region, nonce=1), by("seller"))


def test_erc2612_the_owner_is_never_nobody(region, funded):
    """An ecrecover that fails returns the zero address, which owns nothing and permits nothing."""
    message = (ZERO_ADDRESS, actor("stranger").address, POINT, START + 10**6, 27, b"\1" * 32, b"\2" * 32)
    with pytest.raises(Exception, match="ERC2612InvalidSigner"):
        funded.permit(*message, by("seller"))
    assert funded.allowance(ZERO_ADDRESS, actor("stranger")) == 0


def test_erc2612_domain_is_this_contract_on_this_chain(region, funded):
    domain = region.domain(funded, "Gridleaf Power Point")
    kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    encoded = b"".join(
        (
            keccak(text=kind),
            keccak(text=domain["name"]),
            keccak(text=domain["version"]),
            domain["chainId"].to_bytes(32, "big"),
            bytes.fromhex(domain["verifyingContract"][2:]).rjust(32, b"\0"),
        )
    )
    assert bytes(funded.DOMAIN_SEPARATOR()) == keccak(encoded)


# ERC-1155


@pytest.fixture
def issued(region):
    Region.go(DAY_END)
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    return issue(region)


@pytest.fixture
def receiver(harness):
    return harness["CertificateReceiver"].deploy(by("deployer"))


def test_erc1155_a_transfer_is_announced_with_its_operator(region, issued):
    region.certificates.setApprovalForAll(actor("operator"), True, by("seller"))
    parties = (actor("seller"), actor("buyer"))
    transaction = region.certificates.safeTransferFrom(*parties, HELD, 5, b"", by("operator"))
    assert fields(transaction.events["TransferSingle"]) == {
        "operator": actor("operator").address,
        "from": actor("seller").address,
        "to": actor("buyer").address,
        "id": HELD,
        "value": 5,
    }


def test_erc1155_approval_is_for_all_and_announced(region, issued):
    told = region.certificates.setApprovalForAll(actor("operator"), True, by("seller"))
    assert fields(told.events["ApprovalForAll"]) == {
        "account": actor("seller").address,
        "operator": actor("operator").address,
        "approved": True,
    }
    assert region.certificates.isApprovedForAll(actor("seller"), actor("operator"))
    region.certificates.setApprovalForAll(actor("operator"), False, by("seller"))
    parties = (actor("seller"), actor("buyer"))
    for call, arguments in (("safeTransferFrom", (HELD, 1)), ("safeBatchTransferFrom", ([HELD], [1]))):
        with reverts("ERC1155MissingApprovalForAll", actor("operator"), actor("seller")):
            getattr(region.certificates, call)(*parties, *arguments, b"", by("operator"))


def test_erc1155_nothing_goes_to_nobody(region, issued):
    for call, arguments in (("safeTransferFrom", (HELD, 1)), ("safeBatchTransferFrom", ([HELD], [1]))):
        with reverts("ERC1155InvalidReceiver", ZERO_ADDRESS):
            getattr(region.certificates, call)(actor("seller"), ZERO_ADDRESS, *arguments, b"", by("seller"))


def test_erc1155_balances_come_in_pairs(region, issued):
    accounts, ids = [actor("seller"), actor("buyer")], [HELD, HELD]
    assert plain(region.certificates.balanceOfBatch(accounts, ids)) == (EXPORTS[9], 0)
    with reverts("ERC1155InvalidArrayLength", 1, 2):
        region.certificates.balanceOfBatch(accounts, ids[:1])
    assert plain(region.certificates.balanceOfBatch([], [])) == ()


def test_erc1155_balances_follow_from_the_events(region, issued):
    """Balances MUST be what the transfer events say, issuance and retirement included."""
    seller, buyer = actor("seller"), actor("buyer")
    contract = region.certificates
    contract.safeBatchTransferFrom(seller, buyer, ids_of(SELLER, (8, 9)), [3, 4], b"", by("seller"))
    contract.safeTransferFrom(buyer, seller, HELD, 1, b"", by("buyer"))
    contract.setApprovalForAll(actor("stake_keeper"), True, by("seller"))
    contract.lock(seller, ids_of(SELLER, (8, 9)), [10, 20], by("stake_keeper"))
    contract.unlock(seller, [HELD], [5], by("stake_keeper"))
    contract.withdraw(seller, [HELD], [30], b"\1" * 32, by("issuer"))
    contract.reissue([HELD], [30], b"\1" * 32, by("issuer"))
    retirement = ("B", "P", 1, 2, "0x4445")
    contract.retireBatch([(ids_of(SELLER, (0, 8)), [7, 1], False, retirement)], by("seller"))
    book = replayed(contract)
    assert len({certificate for _, certificate in book}) == 5
    for (account, certificate), wh in book.items():
        if account != ZERO_ADDRESS:
            assert contract.balanceOf(account, certificate) == wh


def replayed(contract):
    """Balances by account and certificate, from the transfer events alone."""
    events = web3.eth.contract(address=contract.address, abi=contract.abi).events
    single = [entry["args"] for entry in events.TransferSingle.get_logs(from_block=0)]
    batch = [entry["args"] for entry in events.TransferBatch.get_logs(from_block=0)]
    moves = [(args["from"], args["to"], args["id"], args["value"]) for args in single]
    for args in batch:
        moves += [(args["from"], args["to"], *pair) for pair in zip(args["ids"], args["values"], strict=True)]
    book = {}
    for source, to, certificate, wh in moves:
        book[source, certificate] = book.get((source, certificate), 0) - wh
        book[to, certificate] = book.get((to, certificate), 0) + wh
    return book


@pytest.mark.parametrize("batch", [False, True])
def test_erc1155_a_receiving_contract_is_asked_after_the_move(region, issued, receiver, batch):
    """It is told operator, sender, ids, values and data unaltered; by then it has the certificates."""
    region.certificates.setApprovalForAll(actor("operator"), True, by("seller"))
    ids, values = (ids_of(SELLER, (8, 9)), [1, 2]) if batch else ([HELD], [3])
    give_on = region.certificates.safeTransferFrom.encode_input(receiver, actor("buyer"), ids[-1], values[-1], b"")
    receiver.behave(4, region.certificates, give_on, by("stranger"))
    goods = (ids, values) if batch else (ids[0], values[0])
    call = region.certificates.safeBatchTransferFrom if batch else region.certificates.safeTransferFrom
    call(actor("seller"), receiver, *goods, b"a message", by("operator"))
    assert (receiver.batch(), receiver.calls()) == (batch, 1)
    assert (receiver.operator(), receiver.origin()) == (actor("operator").address, actor("seller").address)
    assert plain(receiver.received()) == (tuple(ids), tuple(values))
    assert bytes(receiver.data()) == b"a message"
    assert receiver.strikeSucceeded()
    assert region.certificates.balanceOf(actor("buyer"), ids[-1]) == values[-1]


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("manner", [ANSWERS_WRONGLY, REFUSES, REFUSES_SILENTLY])
def test_erc1155_a_receiver_that_does_not_accept_gets_nothing(region, issued, receiver, manner, batch):
    receiver.behave(manner, ZERO_ADDRESS, b"", by("stranger"))
    seller = actor("seller")
    error = ("Refused", seller, seller) if manner == REFUSES else ("ERC1155InvalidReceiver", receiver)
    goods = (ids_of(SELLER, (8, 9)), [1, 2]) if batch else (HELD, 3)
    call = region.certificates.safeBatchTransferFrom if batch else region.certificates.safeTransferFrom
    with reverts(*error):
        call(seller, receiver, *goods, b"", by("seller"))
    assert holdings(region, "seller") == EXPORTS
    assert holdings(region, receiver) == only({})


def test_erc1155_a_contract_that_is_no_receiver_gets_nothing(region, issued):
    with reverts("ERC1155InvalidReceiver", region.points):
        region.certificates.safeTransferFrom(actor("seller"), region.points, HELD, 1, b"", by("seller"))


def test_erc1155_a_receiver_is_asked_at_issuance_delivery_and_return(region, issued, receiver):
    region.certificates.safeTransferFrom(actor("seller"), receiver, HELD, 10, b"", by("seller"))
    approve = region.certificates.setApprovalForAll.encode_input(actor("stake_keeper"), True)
    receiver.execute(region.certificates, approve, by("stranger"))
    region.certificates.lock(receiver, [HELD], [10], by("stake_keeper"))
    receiver.behave(ANSWERS_WRONGLY, ZERO_ADDRESS, b"", by("stranger"))
    with reverts("ERC1155InvalidReceiver", receiver):
        region.certificates.unlock(receiver, [HELD], [10], by("stake_keeper"))
    receiver.behave(ACCEPTS, ZERO_ADDRESS, b"", by("stranger"))
    region.certificates.unlock(receiver, [HELD], [10], by("stake_keeper"))
    assert receiver.calls() == 2
    assert region.certificates.balanceOf(receiver, HELD) == 10


def test_erc1155_metadata_is_one_uri_for_all(region, issued):
    assert region.certificates.uri(HELD) == region.certificates.uri(0) == ""
