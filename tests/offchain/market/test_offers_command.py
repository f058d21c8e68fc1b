"""What users do with offers on the command line, and what an offer can cost.

By hand, 100 kWh an hour for 3 hours, asked 0.50: the seller owes (0.75 - 0.04 - 0.50) * 300 = 63 to the buyer if it
delivers nothing, and a penalty of twice that at full weight: 189 at most. The buyer, at 0.60, pays 180 and 12 grid fee;
it owes (0.60 - 0.40) * 300 = 60 if it takes nothing, 180 with the penalty, but 0.75 * 300 = 225 if it takes all and
nothing is delivered: that is its margin.
"""

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_utils import keccak

from offchain.chain.keys import local_key
from offchain.chain.typed_data import sign_typed
from offchain.commands.app import main
from offchain.market.offers import Offer, Side
from offchain.market.papers import OFFER_TYPES
from offchain.market.quote import Quote, quote
from offchain.market.rulebooks import PAPER
from tests.offchain.market.market_cases import PAPER_TARIFFS, POINT

CSV = """member,nonce,side,counterparty,day,hour,hours,wh_per_hour,price,certificate,partial,expiry,signature
1,0,sell,0,2016-01-15,6,3,100000,0.5,unbundled,yes,2016-01-14T10:59:00+01:00,
2,0,buy,0,2016-01-15,6,3,60000,0.6,unbundled,yes,2016-01-14T10:59:00+01:00,
"""
AT = ("--at", "2016-01-14T09:00:00+01:00")
RURAL = ("--region", "rural")


def offer(side, price, **changes):
    fields = {
        "member": 1,
        "nonce": 5,
        "wh_per_hour": 100_000,
        "first_hour": 403565,
        "hours": 3,
        "bundled": True,
        "partial": False,
        "expiry": 1452765540,
    }
    return Offer(side=side, price=price * POINT // 100, **(fields | changes))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (offer(Side.SELL, 50), {"value": 150, "grid_fee": 0, "largest_penalty": 189, "margin": 189}),
        (offer(Side.BUY, 60), {"value": 180, "grid_fee": 12, "largest_penalty": 180, "margin": 225}),
        (offer(Side.BUY, 71), {"value": 213, "grid_fee": 12, "largest_penalty": 279, "margin": 279}),
    ],
)
def test_quote_by_hand(made, expected):
    assert quote(made, tariffs=PAPER_TARIFFS) == Quote(**{name: value * POINT for name, value in expected.items()})


def test_under_paper_the_margin_is_a_hundred_times_as_large():
    assert quote(offer(Side.SELL, 50), tariffs=PAPER_TARIFFS, rulebook=PAPER).margin == 101 * 63 * POINT


def test_an_offer_is_signed_as_the_contract_reads_it():
    """The digest by hand, from the type string of the contract."""
    made = offer(Side.BUY, 60, counterparty=9)
    kind = (
        "Offer(uint32 member,bool selling,uint32 counterparty,uint32 whPerHour,uint32 firstHour,uint8 hourCount,"
        "uint256 price,bool bundled,bool partialFill,uint64 expiry,uint24 nonce)"
    )
    names = [entry.split(" ")[0] for entry in kind[len("Offer(") : -1].split(",")]
    values = [1, False, 9, 100_000, 403565, 3, 60 * POINT // 100, True, False, 1452765540, 5]
    struct = keccak(keccak(text=kind) + encode(names, values))
    domain_kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    book = "0x" + "11" * 20
    domain = keccak(
        encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [keccak(text=domain_kind), keccak(text="Gridleaf OfferDesk"), keccak(text="1"), 31001, book],
        )
    )
    key = local_key("rural: member 1")
    stated = {"name": "Gridleaf OfferDesk", "version": "1", "chainId": 31001, "verifyingContract": book}
    signature = sign_typed(key, stated, types=OFFER_TYPES, message=made.message)
    assert Account._recover_hash(keccak(b"\x19\x01" + domain + struct), signature=signature) == key.address


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """The command line as users type it, in this process."""
    (tmp_path / "offers.csv").write_text(CSV)

    def offers(command, *words, status=0):
        book = () if command == "quote" else ("--book", f"sqlite:///{tmp_path / 'book.db'}")
        monkeypatch.setattr("sys.argv", ["offchain", "offers", command, *map(str, words), *book])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert (ended.value.code or 0, err.count("\n")) == (status, 1 if status else 0), err
        return err if status else out

    return offers


def test_a_book_from_import_to_export(run, tmp_path):
    file = tmp_path / "offers.csv"
    assert run("import", file, *RURAL) == "2 new of 2 offers\n"
    assert run("import", file, *RURAL) == "0 new of 2 offers\n"
    matched = run("match", *RURAL, *AT)
    assert matched.splitlines()[1:] == ["1,0,2,0,2016-01-15,6,3,60000,0.5500,unbundled"]
    assert run("match", *RURAL, *AT).splitlines()[1:] == []
    assert run("export", *RURAL, "--matches") == matched
    assert run("cancel", "--member", 1, "--nonce", 0) == "offer 0 of member 1 cancelled\n"
    assert run("cancel", "--member", 1, "--below", 7) == "0 offers of member 1 cancelled\n"
    assert run("list", *RURAL, *AT).splitlines() == [
        "offer 0 of member 1, sell 2016-01-15 06:00, 3 h, 0.5 points/kWh: cancelled, 0 of 100000 Wh/h left",
        "offer 0 of member 2, buy 2016-01-15 06:00, 3 h, 0.6 points/kWh: matched, 0 of 60000 Wh/h left",
    ]
    copy = tmp_path / "copy.csv"
    assert run("export", *RURAL, "--out", copy) == ""
    assert copy.read_text().replace("0.5000", "0.5").replace("0.6000", "0.6") == CSV


def test_quote_before_signing(run, tmp_path):
    assert run("quote", tmp_path / "offers.csv", *RURAL).splitlines() == [
        "offer 0 of member 1, sell 2016-01-15 06:00, 3 h, 0.5 points/kWh: value 150, grid fee 0, largest penalty 189, "
        "margin 189",
        "offer 0 of member 2, buy 2016-01-15 06:00, 3 h, 0.6 points/kWh: value 108, grid fee 7.2, largest penalty 108, "
        "margin 135",
    ]


def test_quote_under_another_rulebook(run, tmp_path):
    sale, _ = run("quote", tmp_path / "offers.csv", *RURAL, "--rulebook", "paper").splitlines()
    assert sale.endswith("largest penalty 6363, margin 6363")
    refused = run("quote", tmp_path / "offers.csv", *RURAL, "--rulebook", "cheap", status=2)
    assert refused == "rulebook cheap is unknown: market, paper\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("list", "--region", "alpine", *AT), "region 'alpine' is unknown: allowed are rural, urban\n"),
        (("list", *RURAL, "--at", "noon"), "time 'noon' is not ISO 8601\n"),
        (("match", *RURAL, "--at", "2016-01-14T09:00:00"), "time '2016-01-14T09:00:00' has no UTC offset\n"),
        (("cancel", "--member", 1), "give either --nonce or --below\n"),
        (("cancel", "--member", 1, "--nonce", 1), "offer 1 of member 1 is not in the book\n"),
        (("import", "/nowhere.csv", *RURAL), "/nowhere.csv: cannot be read: [Errno 2] No such file or directory: "),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(run, words, message):
    assert run(*words, status=2).startswith(message)
