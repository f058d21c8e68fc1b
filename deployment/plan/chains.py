"""Which subjects stand on which chain, in the order of their deployment."""

from deployment.parts import Plan
from deployment.plan.anchoring import ANCHORING
from deployment.plan.auction import AUCTION
from deployment.plan.carbon import CARBON
from deployment.plan.certificates import CERTIFICATES
from deployment.plan.market import MARKET
from deployment.plan.members import ACCESS, DEVICES, MEMBERS
from deployment.plan.points import POINTS
from deployment.plan.quotas import QUOTAS
from deployment.plan.rewards import REWARDS
from deployment.settings import MainSettings, RegionSettings

REGION: Plan[RegionSettings] = Plan(
    parts=(ACCESS, MEMBERS, POINTS, DEVICES, CERTIFICATES, CARBON, MARKET, REWARDS, QUOTAS)
)

MAIN: Plan[MainSettings] = Plan(parts=(ACCESS, POINTS, ANCHORING, AUCTION))
