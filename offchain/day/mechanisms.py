"""All mechanisms of a trading day. What happens at the same time happens in this order, unless a step says `after`."""

from typing import Any

from offchain.day.anchoring.mechanism import ANCHORING
from offchain.day.auction.mechanism import AUCTION
from offchain.day.carbon.mechanism import CARBON
from offchain.day.certificates.mechanism import CERTIFICATES
from offchain.day.driver.mechanism import Mechanism
from offchain.day.market.mechanism import MARKET
from offchain.day.members.mechanism import MEMBERS
from offchain.day.points.mechanism import POINTS
from offchain.day.quotas.mechanism import QUOTAS
from offchain.day.rewards.mechanism import REWARDS
from offchain.day.statements.mechanism import STATEMENTS

MECHANISMS: tuple[Mechanism[Any], ...] = (
    MEMBERS,
    POINTS,
    MARKET,
    CARBON,
    CERTIFICATES,
    REWARDS,
    QUOTAS,
    AUCTION,
    ANCHORING,
    STATEMENTS,
)
