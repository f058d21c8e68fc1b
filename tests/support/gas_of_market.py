"""What the market's operations cost: who is new, what was written before, how many in one call."""

from tests.support.region import (
    DAY,
    DAY_END,
    DEADLINE,
    FIRST_HOUR,
    MEMBER_IDS,
    NAMEPLATE,
    POINT,
    Kind,
    Region,
    actor,
    agreement,
    offers_of,
    only,
    pack,
    registration,
)
from tests.support.signing import DAY_SHEET, OFFER, key_of, sign

PAIRS = 100
PAGE = 10  # defaults in one close
HALF = 50  # member-days in one call
SELLER, BUYER = MEMBER_IDS["seller"], MEMBER_IDS["buyer"]
FULL = [NAMEPLATE // 2 + hour for hour in range(24)]


def by(name):
    return {"from": actor(name)}


def one_hour(salt, **changes):
    return agreement(hourCount=1, salt=salt, whPerHour=1_000, expiry=2**63, **changes)


def margin(region):
    region.mint(actor("buyer"), 9 * POINT)
    region.points.approve(region.desk, 9 * POINT, by("buyer"))
    deposit = region.desk.deposit(BUYER, POINT, by("buyer"))
    withdraw = region.desk.withdraw(POINT, by("buyer"))
    return {"MarginDesk.deposit": deposit.gas_used, "MarginDesk.withdraw": withdraw.gas_used}


def agreements(region):
    """Registration from a pair's first agreement ever to one for which every word is in use."""
    register(region, one_hour(1, seller=MEMBER_IDS["second_seller"], buyer=MEMBER_IDS["second_buyer"]))
    terms = {
        "OfferDesk.register first ever of a pair": one_hour(2),
        "OfferDesk.register new third of a day": one_hour(3, firstHour=FIRST_HOUR + 16),
        "OfferDesk.register steady state": one_hour(4),
        "OfferDesk.register 24 hours, first of a day": agreement(
            firstHour=FIRST_HOUR + 24, hourCount=24, salt=5, whPerHour=1_000
        ),
    }
    return {name: register(region, entry) for name, entry in terms.items()}


def register(region, terms):
    return region.offers.register([region.match(terms)], by("stranger")).gas_used


def crowd(region):
    """The same 100 pairs, one hour each: all perform, then one of each pair defaults, then all perform again."""
    people = Crowd(region)
    registered = [people.register(day, hours=24 if day == DAY + 3 else 1) for day in range(DAY, DAY + 4)]
    perform = people.settle(DAY)
    first_residual = people.settle_residuals(DAY, members=1)
    region.market.close(DAY, [], by("stranger"))
    default = people.settle(DAY + 1, delivered=900)
    residual = people.settle_residuals(DAY + 1)
    pages = [region.market.close(DAY + 1, list(range(start, start + PAGE)), by("stranger")) for start in (0, PAGE)]
    region.market.close(DAY + 1, list(range(2 * PAGE, PAIRS)), by("stranger"))
    claim = region.market.claim(people.buyers[0], by("stranger"))
    after = people.settle(DAY + 2)
    region.market.close(DAY + 2, [], by("stranger"))
    whole_day = people.settle(DAY + 3, hours=24, pairs=40)
    return {
        "OfferDesk.register each of 50 pairs, new third of a day": registered[2] // HALF,
        "OfferDesk.register each of 50 pairs, 24 hours, new day": registered[3] // HALF,
        "BilateralMarket.settle each of 100 pairs": perform // PAIRS,
        "BilateralMarket.settle each of 100 pairs, one default each": default // PAIRS,
        "BilateralMarket.settle each of 100 pairs, the day after": after // PAIRS,
        "BilateralMarket.settle each of 40 pairs, 24 hours": whole_day // 40,
        "BilateralMarket.close each of 10 defaults": pages[1].gas_used // PAGE,
        "BilateralMarket.claim": claim.gas_used,
        "ResidualSettlement.settle each of 50": residual // HALF,
        "ResidualSettlement.settle one, first of a day": first_residual,
    }


class Crowd:
    """Sellers and buyers that nobody but this benchmark knows, each with a margin of 100 points."""

    def __init__(self, region):
        self.region = region
        first = region.registry.memberCount() + 1
        self.sellers, self.buyers = range(first, first + PAIRS), range(first + PAIRS, first + 2 * PAIRS)
        for kind, exports in ((Kind.GENERATOR, NAMEPLATE), (Kind.CONSUMER, 0)):
            names = [f"{kind.name} {index}" for index in range(PAIRS)]
            region.join(*(registration(name, kind=int(kind), exportW=exports) for name in names), signers=names)
        region.mint(actor("stranger"), 200 * PAIRS * POINT)
        region.points.approve(region.desk, 200 * PAIRS * POINT, by("stranger"))
        for member in (*self.sellers, *self.buyers):
            region.desk.deposit(member, 100 * POINT, by("stranger"))

    def register(self, day, *, hours):
        """Register every pair's agreement of a day; returns the gas of the second half."""
        first = FIRST_HOUR + (day - DAY) * 24 + (0 if hours == 24 else 8)
        for start in (0, HALF):
            matches = [self._match(pair, day - DAY, first, hours) for pair in range(start, start + HALF)]
            gas = self.region.offers.register(matches, by("stranger")).gas_used
        return gas

    def _match(self, pair, nonce, first, hours):
        terms = agreement(
            seller=self.sellers[pair],
            buyer=self.buyers[pair],
            whPerHour=1_000,
            firstHour=first,
            hourCount=hours,
            expiry=2**63,
            salt=nonce,
        )
        domain = self.region.domain(self.region.offers, "Gridleaf OfferDesk")
        sale, purchase = offers_of(terms)
        signatures = [sign(key_of(f"{kind} {pair}"), domain, OFFER, offer) for kind, offer in
                      (("GENERATOR", sale), ("CONSUMER", purchase))]  # fmt: skip
        return sale, purchase, *signatures

    def settle(self, day, *, delivered=1_000, hours=1, pairs=PAIRS):
        """Let everybody deliver and take on a day, and settle the first pairs in one call; returns its gas."""
        late = (day - DAY) * 86_400
        Region.go(DAY_END + late)
        window = range(24) if hours == 24 else (8,)
        self._submit("GENERATOR", self.sellers, day, only(dict.fromkeys(window, delivered)))
        self._submit("CONSUMER", self.buyers, day, only(dict.fromkeys(window, 1_000)))
        Region.go(DEADLINE + late)
        return self.region.market.settle(day, list(range(pairs)), by("stranger")).gas_used

    def _submit(self, kind, members, day, measured):
        words, nothing = pack(measured), pack(only({}))
        registers = (nothing, words) if kind == "GENERATOR" else (words, nothing)
        papers = [(member, day, 0, *registers) for member in members]
        domain = self.region.domain(self.region.sheets, "Gridleaf DaySheets")
        keys = [key_of(f"meter of {kind} {index}") for index in range(PAIRS)]
        signatures = [sign(key, domain, DAY_SHEET, paper) for key, paper in zip(keys, papers, strict=True)]
        for start in (0, HALF):
            part = slice(start, start + HALF)
            self.region.sheets.submit(papers[part], signatures[part], by("stranger"))

    def settle_residuals(self, day, *, members=HALF):
        return self.region.residuals.settle(day, list(self.buyers)[:members], by("stranger")).gas_used
