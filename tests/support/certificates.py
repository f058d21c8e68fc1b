"""Certificates as tests use them: ids, issued days, retirements, corrections."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tests.support.region import DAY, DAY_END, DEVICE_IDS, FINAL, FIRST_HOUR, HYDRO, REASON, Region, actor, only, plain

SELLER: Final = DEVICE_IDS["seller"]
PROSUMER: Final = DEVICE_IDS["prosumer"]
EXPORTS: Final = only({0: 7, 8: 50_000, 9: 100_000, 23: 1})  # [Wh]
RETIREMENT: Final = ("Gridworks AG", "Scope 2 of 2100", FIRST_HOUR, FIRST_HOUR + 24, "0x4445")  # "DE"
TRIAL: Final = 1 << 88
DAY_SECONDS: Final = 86_400
TRANSFERABLE: Final = 365 * DAY_SECONDS  # after the end of the hour [s]
RETIRABLE: Final = 548 * DAY_SECONDS  # after the end of the hour [s]


def certificate_id(device: int, hour_of_day: int, *, revision: int = 0, carrier: int = HYDRO, day: int = DAY) -> int:
    hour = FIRST_HOUR + 24 * (day - DAY) + hour_of_day
    return device << 56 | hour << 24 | carrier << 16 | revision


def ids_of(device: int, hours: Iterable[int], *, revision: int = 0, day: int = DAY) -> list[int]:
    return [certificate_id(device, hour, revision=revision, day=day) for hour in hours]


def end_of_hour(hour_of_day: int) -> int:
    """The end of an hour of the day [s]."""
    return (FIRST_HOUR + hour_of_day + 1) * 3_600


def issue(region: Region, device: int = SELLER, *, day: int = DAY) -> Any:
    return region.certificates.issueDay(device, day, {"from": actor("stranger")})


def measure(region: Region, *sheets: tuple[Any, ...]) -> None:
    """Submit sheets of the day and let them become final."""
    region.submit(*sheets)
    Region.go(FINAL)


def issue_days(region: Region, exports: Mapping[int, Sequence[int]], *, owner: str = "seller") -> None:
    """Measure days of a device, let the last one become final and issue all."""
    later = (max(exports) - DAY) * DAY_SECONDS
    Region.go(DAY_END + later)
    region.submit(*(region.device_sheet(owner, exports=hours, day=day) for day, hours in exports.items()))
    Region.go(FINAL + later)
    for day in exports:
        issue(region, DEVICE_IDS[owner], day=day)


def holdings(region: Region, name: Any, device: int = SELLER, *, revision: int = 0, day: int = DAY) -> list[int]:
    """What an account has of each hour of a device-day [Wh]."""
    account = actor(name) if isinstance(name, str) else name
    ids = ids_of(device, range(24), revision=revision, day=day)
    return list(plain(region.certificates.balanceOfBatch([account] * 24, ids)))


def move(region: Region, source: str, to: str, certificate: int, wh: int) -> Any:
    parties = (actor(source), actor(to))
    return region.certificates.safeTransferFrom(*parties, certificate, wh, b"", {"from": parties[0]})


def retire(region: Region, name: str, certificate: int, wh: int, *, hourly: bool = False) -> Any:
    return region.certificates.retire(certificate, wh, hourly, RETIREMENT, {"from": actor(name)})


def correct(region: Region, sheet: tuple[Any, ...], *, signed: bool = True, by: str = "issuer") -> Any:
    """Correct an issued device-day, with or without the meter's signature."""
    signature = region.sign_sheet(sheet) if signed else b""
    return region.certificates.correct(sheet, signature, REASON, {"from": actor(by)})


def totals(region: Region, device: int = SELLER) -> tuple[int, int, int]:
    """Issued, withdrawn and owed [Wh]."""
    return plain(region.certificates.totalsOf(device))
