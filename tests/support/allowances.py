"""The rules of the allowances as tests deploy them, and how a member comes to have some."""

from typing import Any, Final

from tests.support.region import MEMBER_IDS, POINT, Region, actor

YEAR: Final = 2100
OFFSETS: Final = 0  # the asset without a year
JANUARY_2101: Final = 4_102_444_800 + 365 * 86_400 - 3_600  # 2101-01-01 00:00 at UTC+1; 2100 is no leap year [s]
BY_MEMBER: Final = JANUARY_2101 + 30 * 86_400  # settles 2100 [s]
BY_ANYBODY: Final = JANUARY_2101 + 90 * 86_400  # settles 2100 [s]
YEAR_LONG: Final = 365 * 86_400  # [s]
QUOTA: Final = {
    "yearlyCap": 10**9,  # [gCO2e]
    "offsetShare": 500,  # [1/10,000]
    "bankedShare": 7_500,  # [1/10,000]
    "penaltyRate": POINT // 2_000,  # 500 points a tonne [point-wei/gCO2e]
}


def grant(region: Region, amount: int, *, name: str = "buyer", year: int = YEAR, by: str = "regulator") -> Any:
    return region.quota.grant(MEMBER_IDS[name], year, amount, {"from": actor(by)})


def certify(region: Region, amount: int, *, name: str = "buyer", record: bytes = b"\x01" * 32) -> Any:
    return region.quota.certifyOffsets(MEMBER_IDS[name], amount, record, {"from": actor("regulator")})


def balance(region: Region, name: str, asset: int = YEAR) -> int:
    return int(region.quota.balanceOf(MEMBER_IDS[name], asset))
