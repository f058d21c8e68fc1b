"""Who holds certificates, rebuilt from the events of GreenCertificate."""

from collections import defaultdict
from collections.abc import Iterable

from offchain.chain.keys import NOBODY
from offchain.index.records import IndexedEvent

CONTRACT = "GreenCertificate"
_STAKES = {"CertificatesLocked": 1, "CertificatesUnlocked": -1}


def certificates_held(events: Iterable[IndexedEvent]) -> dict[str, int] | None:
    """Energy of the certificates that an account has [Wh], by account; None where nothing certifies.

    Issuance, retirement, withdrawal and delivery all are transfers. Stake is held by the contract and comes back to the
    account that gave it, and to nobody else: it counts as that account's, and as the contract's too.
    """
    held: dict[str, int] = defaultdict(int)
    known = False
    for event in events:
        if event.contract != CONTRACT:
            continue
        known, values = True, event.values
        if event.name in {"TransferSingle", "TransferBatch"}:
            wh = sum(values["values"]) if "values" in values else values["value"]
            held[values["from"]] -= wh
            held[values["to"]] += wh
        elif event.name in _STAKES:
            held[values["account"]] += _STAKES[event.name] * sum(values["amounts"])
    return {account: wh for account, wh in held.items() if wh and account != NOBODY} if known else None
