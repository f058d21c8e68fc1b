"""Agreements of a day, their delivery and the rewards of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from deployment.plan.rewards import REWARDS as REWARD_CONTRACTS
from offchain.chain.abi import Contract
from tests.support.certificates import DAY_SECONDS, SELLER, issue
from tests.support.deploying import deploy_into, handle, settings_of, some_of
from tests.support.region import DAY, DAY_END, FINAL, MEMBER_IDS, POINT, Region, actor, fields, only, plain
from tests.support.rewards import REWARDS

CLOSABLE: Final = FINAL + 3 * DAY_SECONDS  # [s]
CENT: Final = POINT // 100
SOLD, BOUGHT, USED = 1, 2, 3  # causes
RATES: Final = (REWARDS["soldRate"], REWARDS["boughtRate"], REWARDS["usedRate"])


@dataclass
class Rewarded:
    """The rewards of a region, and the agreements they come from."""

    region: Region
    agreements: Any
    rewards: Any

    def agree(
        self,
        *,
        wh: int = 10_000,
        first: int = 8,
        hours: int = 2,
        seller: str = "seller",
        buyer: str = "buyer",
        bundled: bool = True,
        related: bool = False,
        day: int = DAY,
    ) -> int:
        """Enter an agreement; returns its index within the day."""
        parties = (MEMBER_IDS[seller], MEMBER_IDS[buyer])
        terms = (*parties, wh, 5_000, first, hours, bundled, related, 0)
        return int(self.agreements.enter(day, terms, {"from": actor("stranger")}).return_value)

    def deliver(self, index: int, *, device: int = SELLER, by: str = "stranger", day: int = DAY) -> dict[str, Any]:
        """Deliver an agreement; returns what was announced."""
        transaction = self.rewards.deliver(day, index, device, {"from": actor(by)})
        return fields(transaction.events["AgreementDelivered"])

    def close(self, day: int = DAY) -> Any:
        return self.rewards.close(day, {"from": actor("stranger")})

    def claim(self, name: str, day: int = DAY) -> dict[int, int]:
        """Claim a member's rewards; returns what was granted, by cause."""
        transaction = self.rewards.claim(MEMBER_IDS[name], day, {"from": actor("stranger")})
        granted = {event["cause"]: event["granted"] for event in transaction.events["Rewarded"]}
        assert transaction.return_value == sum(granted.values())
        return granted

    def earned(self, name: str, day: int = DAY) -> tuple[int, int, int]:
        """Sold, bought and used [Wh]."""
        return plain(self.rewards.earnedOf(MEMBER_IDS[name], day))

    def claimable(self, name: str, day: int = DAY) -> int:
        return int(self.rewards.claimableOf(MEMBER_IDS[name], day))

    def meter(
        self,
        exports: dict[int, int],
        imports: dict[int, int],
        *,
        device: dict[int, int] | None = None,
        open_agreements: Sequence[int] = (),
    ) -> None:
        """Sheets of the seller, its device and the buyer, final and with certificates issued.

        The market settles the agreements that are open there, so that the day is closed.
        """
        Region.go(DAY_END)
        measured = only(exports if device is None else device)
        sheets = [
            self.region.sheet("seller", exports=only(exports)),
            self.region.sheet("buyer", imports=only(imports)),
        ]
        if any(measured):
            sheets.append(self.region.device_sheet("seller", exports=measured))
        self.region.submit(*sheets)
        if open_agreements:
            self.region.settle(*open_agreements)
            self.region.close()
        Region.go(FINAL)
        if any(measured):
            issue(self.region)


def deploy_rewards(region: Region, records: Any) -> Rewarded:
    """Rewards over recorded agreements, with the roles of the contract."""
    agreements = records.deploy({"from": region.deployer})
    standing = {"MarketReader": Contract("MarketReader", agreements.address)}
    part = some_of(REWARD_CONTRACTS, "EnergyRewards")
    site = deploy_into(region, part, settings=settings_of(), standing=standing)
    return Rewarded(region, agreements, handle(site, "EnergyRewards"))
