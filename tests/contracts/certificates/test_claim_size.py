"""A claim costs the same however many members share: real agreements of everybody, one default, one claim."""

from offchain.market.rulebooks import MARKET
from tests.support.market_runner import AFTER, Runner
from tests.support.region import DAY, FIRST_HOUR, GATE

FIRST = 2  # member
PAIRS_PER_CALL = 250
BATCH = 128
TARGET = 40_000  # gas


def gas_of_claims(project, harness, members):
    """Gas of the first and of the last one's claim among so many members; the first pair's seller defaults."""
    runner = Runner.deploy(project, harness, MARKET, kind="CrowdRunner")
    world, market = runner.world, runner.market
    parts = [(FIRST + 2 * start, min(PAIRS_PER_CALL, members // 2 - start))
             for start in range(0, members // 2, PAIRS_PER_CALL)]  # fmt: skip
    indices = list(range(members // 2))
    first, last = FIRST + 2, FIRST + members - 1
    before = [world("agreeAll", *part, FIRST_HOUR) for part in parts]
    after = [world("measureAll", *part, FIRST) for part in parts]
    for start in range(0, len(indices), BATCH):
        after.append(market("settle", DAY, indices[start : start + BATCH]))
    after.append(market("close", DAY, [0]))
    after += [market("claim", member) for member in (first, last)]
    after += [market("freeOf", member) for member in (first, last)]
    *_, (one, _), (other, _), (_, free), (_, last_free) = runner.evm.simulate(
        [(GATE - 60, before), (FIRST_HOUR * 3_600 + AFTER, after)]
    )
    # A seller has 0.50 for its kWh, a buyer pays 0.54; the shares are beyond that.
    shares = int.from_bytes(free, "big") - 10_500 * 10**15, int.from_bytes(last_free, "big") - 9_460 * 10**15
    penalty = 210 * 10**15  # 0.21 a kWh
    assert all(0 < share <= penalty for share in shares)
    # Nobody is alike but the first pair: the others' weights are the same to the last digit.
    assert abs(shares[0] - shares[1]) <= 1
    assert 0 <= penalty - (members - 2) * shares[0] <= members
    return one, other


def test_a_claim_among_thirty_costs_what_it_costs_among_ten_thousand(region, project, harness):
    few, many = (gas_of_claims(project, harness, members) for members in (30, 10_000))
    assert max(*few, *many) <= TARGET
    assert max(*few, *many) - min(*few, *many) <= 100
