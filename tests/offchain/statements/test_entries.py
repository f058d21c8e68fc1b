"""Lines of the books: every kind of movement once, with its sign, its words and its transaction."""

from offchain.statements.entries import Party, certificate_lines, quota_lines, reward_lines
from tests.offchain.statements.statement_cases import (
    CONTRACT,
    DAY,
    DEVICE,
    MILL,
    MILL_ACCOUNT,
    NOBODY,
    NOON,
    PARK_ACCOUNT,
    WINDPARK,
    Ledger,
    certificate,
)

PARK = Party(member=WINDPARK, accounts=frozenset({PARK_ACCOUNT}), devices=frozenset({DEVICE}))
MILLER = Party(member=MILL, accounts=frozenset({MILL_ACCOUNT}), devices=frozenset())
TWO = "device 1, 2 hours"
LATER = "Wh kept back from the next issuance"


def told(lines):
    return [(line.book, line.what, line.amount, line.detail, line.paid) for line in lines]


def certificates(book, party):
    return told(certificate_lines(book.events, party, contract=CONTRACT))


def test_issuance_sale_and_correction():
    """60 Wh issued, all sold for 7 point-wei; 5 Wh too much; of the next day 5 of 9 Wh are kept back."""
    book = Ledger()
    ids = [certificate(), certificate(NOON + 1)]
    batch = {"operator": PARK_ACCOUNT, "ids": ids, "values": [40, 20]}
    book.add("GreenCertificate", "TransferBatch", **batch, **{"from": NOBODY, "to": PARK_ACCOUNT})
    sale = book.add(
        "CertificateSale", "GreenAgreementSigned", offer="0x", seller=WINDPARK, buyer=MILL, ids=ids, paid=7, price=1
    )
    book.add(
        "GreenCertificate", "TransferBatch", transaction=sale, **batch, **{"from": PARK_ACCOUNT, "to": MILL_ACCOUNT}
    )
    book.add("GreenCertificate", "DayCorrected", device=1, day=DAY, revision=1, lowered=5, withdrawn=0, reason="0x")
    book.add("GreenCertificate", "EnergyWithheld", device=1, day=DAY + 1, revision=0, wh=5)
    book.move(NOBODY, PARK_ACCOUNT, 4)
    assert certificates(book, PARK) == [
        ("certificates", "issued", 60, TWO, 0),
        ("certificates", "sold", -60, TWO, 7),
        (
            "certificates",
            "corrected downwards",
            0,
            f"device 1, market day {DAY}; 5 {LATER}",
            0,
        ),
        ("certificates", "kept back for a correction", 0, f"device 1, market day {DAY + 1}; 5 Wh", 0),
        ("certificates", "issued", 4, "device 1, 1 hour", 0),
    ]
    assert certificates(book, MILLER) == [("certificates", "bought", 60, TWO, -7)]
    assert {line.transaction for line in certificate_lines(book.events, MILLER, contract=CONTRACT)} == {sale}


def test_what_the_issuer_does():
    book = Ledger()
    book.move(NOBODY, PARK_ACCOUNT, 60)
    book.move(PARK_ACCOUNT, NOBODY, 3)
    book.add("GreenCertificate", "DayCorrected", device=1, day=DAY, revision=1, lowered=5, withdrawn=3, reason="0x")
    book.move(PARK_ACCOUNT, NOBODY, 10)
    book.add(
        "GreenCertificate",
        "CertificatesWithdrawn",
        holder=PARK_ACCOUNT,
        ids=[certificate()],
        amounts=[10],
        reason="0x0b",
    )
    book.add("GreenCertificate", "DayRevoked", device=1, day=DAY, reason="0x0c")
    book.add("GreenCertificate", "DayRevoked", device=2, day=DAY, reason="0x0d")
    assert certificates(book, PARK)[1:] == [
        (
            "certificates",
            "corrected downwards",
            -3,
            f"device 1, market day {DAY}; 2 {LATER}",
            0,
        ),
        ("certificates", "withdrawn by the issuer", -10, "device 1, 1 hour; reason 0x0b", 0),
        ("certificates", "revoked by the issuer", 0, f"device 1, market day {DAY}; reason 0x0c", 0),
    ]


def test_stake_delivery_gift_and_retirement():
    book = Ledger()
    book.move(NOBODY, PARK_ACCOUNT, 60)
    book.move(PARK_ACCOUNT, CONTRACT, 20)
    book.move(CONTRACT, PARK_ACCOUNT, 15)
    delivered = book.move(PARK_ACCOUNT, MILL_ACCOUNT, 30)
    book.add("GreenCertificate", "CertificatesDelivered", transaction=delivered, device=1, day=DAY, to=MILL_ACCOUNT)
    book.move(PARK_ACCOUNT, MILL_ACCOUNT, 1, identifier=certificate(trial=True))
    book.retire(31)
    one = "device 1, 1 hour"
    assert certificates(book, PARK)[1:] == [
        ("certificates", "locked", -20, one, 0),
        ("certificates", "unlocked", 15, one, 0),
        ("certificates", "delivered by agreement", -30, one, 0),
        ("certificates", "sent", -1, f"{one}, trial", 0),
    ]
    assert certificates(book, MILLER) == [
        ("certificates", "delivered to it by agreement", 30, one, 0),
        ("certificates", "received", 1, f"{one}, trial", 0),
        ("certificates", "retired", -31, f"{one}; for The mill: milling", 0),
    ]


def quota(book):
    return [entry[:4] for entry in told(quota_lines(book.events, MILL))]


def test_allowances_and_offsets():
    """100 g granted, 30 offered, 10 come back, 5 sent; 200 drawn; offsets 50, of which 8 are used: 137 are missing."""
    book = Ledger()
    book.add("CarbonQuota", "AllowanceGranted", member=MILL, year=2100, amount=100)
    book.add("CarbonQuota", "AllowanceGranted", member=WINDPARK, year=2100, amount=9)
    book.add("CarbonQuota", "OffsetsCertified", member=MILL, record="0x", amount=50)
    book.add("CarbonQuota", "AssetPulled", member=MILL, operator="0x", asset=2100, amount=30)
    book.add("CarbonQuota", "AssetPushed", member=MILL, operator="0x", asset=2100, amount=10)
    book.add("CarbonQuota", "AssetTransferred", **{"from": MILL, "to": WINDPARK}, asset=2100, amount=5)
    book.add("CarbonQuota", "AssetTransferred", **{"from": WINDPARK, "to": MILL}, asset=0, amount=2)
    book.add("CarbonQuota", "DayDrawnDown", member=MILL, day=DAY, year=2100, amount=220, estimated=False)
    ended = {"drawn": 220, "offsets": 8, "banked": 0, "lapsed": 0, "missing": 137, "penalty": 68_500}
    book.add("CarbonQuota", "YearSettled", member=MILL, year=2100, settlement=ended)
    assert quota(book) == [
        ("allowances 2100", "granted", 100, ""),
        ("offsets", "certified", 50, ""),
        ("allowances 2100", "offered or lodged", -30, ""),
        ("allowances 2100", "received or returned", 10, ""),
        ("allowances 2100", "sent", -5, f"to member {WINDPARK}"),
        ("offsets", "received", 2, f"from member {WINDPARK}"),
        ("allowances 2100", "drawn down by traced emissions", -220, f"market day {DAY}"),
        ("offsets", "used for emissions", -8, "of 2100"),
        ("allowances 2100", "settled", 145, "banked 0, lapsed 0, missing 137, penalty 68500 point-wei"),
        ("allowances 2101", "carried", -137, "from 2100"),
    ]
    assert sum(amount for name, _, amount, _ in quota(book) if name == "allowances 2100") == 0


def test_a_surplus_is_banked_and_what_comes_late_goes_on():
    """100 g granted and none drawn: 60 banked, 40 lapse. 10 g that come later: 6 banked in the open year."""
    book = Ledger()
    book.add("CarbonQuota", "AllowanceGranted", member=MILL, year=2100, amount=100)
    ended = {"drawn": 0, "offsets": 0, "banked": 60, "lapsed": 40, "missing": 0, "penalty": 0}
    book.add("CarbonQuota", "YearSettled", member=MILL, year=2100, settlement=ended)
    book.add("CarbonQuota", "YearSettled", member=WINDPARK, year=2100, settlement=ended)
    book.add("CarbonQuota", "LateAllowanceBanked", member=MILL, year=2100, banked=6, lapsed=4)
    book.add("CarbonQuota", "AssetPushed", member=MILL, operator="0x", asset=2100, amount=10)
    sums = {}
    for name, _, amount, _ in quota(book):
        sums[name] = sums.get(name, 0) + amount
    assert sums == {"allowances 2100": 0, "offsets": 0, "allowances 2101": 66}


def test_rewards():
    book = Ledger()
    for cause, granted in ((0, 5), (1, 20), (3, 10)):
        book.add("RewardPool", "Rewarded", member=MILL, cause=cause, day=DAY, asked=99, granted=granted)
    book.add("RewardPool", "Rewarded", member=WINDPARK, cause=1, day=DAY, asked=99, granted=1)
    book.add("RewardPool", "CreditSpent", member=MILL, billId="0x", amount=12)
    book.add("RewardPool", "CreditExpired", member=MILL, month=1, amount=3)
    day = f"market day {DAY}"
    assert told(reward_lines(book.events, MILL)) == [
        ("rewards", "welcome", 5, day, 0),
        ("rewards", "clean energy sold", 20, day, 0),
        ("rewards", "clean energy used", 10, day, 0),
        ("rewards", "spent on a bill", -12, "", 0),
        ("rewards", "expired", -3, "", 0),
    ]
