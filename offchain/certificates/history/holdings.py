"""Who holds certificates, rebuilt from the events of GreenCertificate."""

from collections import defaultdict
from collections.abc import Iterable

from offchain.chain.keys import NOBODY
from offchain.index.records import IndexedEvent

CONTRACT = "GreenCertificate"
_STAKES = {"CertificatesLocked": 1, "CertificatesUnlocked": -1}


def transferred(events: Iterable[IndexedEvent]) -> dict[str, int]:
    """Energy of the certificates that an account has by the transfers alone [Wh], by account.

    Issuance, retirement, withdrawal and delivery all are transfers; what nobody has is what was ever issued, negative.
    """
    held: dict[str, int] = defaultdict(int)
    for event in events:
        if event.contract == CONTRACT and event.name in {"TransferSingle", "TransferBatch"}:
            values = event.values
            wh = sum(values["values"]) if "values" in values else values["value"]
            held[values["from"]] -= wh
            held[values["to"]] += wh
    return held


def certificates_held(events: Iterable[IndexedEvent]) -> dict[str, int] | None:
    """Energy of the certificates that an account has [Wh], by account; None where nothing certifies.

    Stake is held by the contract and comes back to the account that gave it, and to nobody else: it counts as that
    account's, and as the contract's too.
    """
    certificates = [event for event in events if event.contract == CONTRACT]
    held = transferred(certificates)
    for event in certificates:
        if event.name in _STAKES:
            held[event.values["account"]] += _STAKES[event.name] * sum(event.values["amounts"])
    return {account: wh for account, wh in held.items() if wh and account != NOBODY} if certificates else None
