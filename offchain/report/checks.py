"""How each figure of a report is checked: the labels that sections choose from."""

from enum import StrEnum


class Check(StrEnum):
    """Who vouches for a number, and how."""

    MEASURED = "measured"
    AGREED = "agreed"
    RECOMPUTED = "recomputed"
    CERTIFIED = "certified"
    CHALLENGEABLE = "challengeable"
    ATTESTED = "attested"
    COMPUTED = "computed"
    POSTED = "posted"

    @property
    def meaning(self) -> str:
        """One sentence for the reader of a report."""
        return _MEANINGS[self]


_MEANINGS = {
    Check.MEASURED: "Signed by the meter's own key; the chain verifies the signature.",
    Check.AGREED: "Signed by both parties; the chain verifies both signatures.",
    Check.RECOMPUTED: "The contract did the arithmetic itself, in integers, from measured and agreed figures.",
    Check.CERTIFIED: "The contract checked a certificate that is cheaper than the computation.",
    Check.CHALLENGEABLE: "Committed under a bond; anyone who shows one entry to be false takes the bond.",
    Check.ATTESTED: "Signed by several validators over a finalized header.",
    Check.COMPUTED: "Computed off chain from measured figures; a conservation law was checked, no contract checks it.",
    Check.POSTED: "Written by one authorised role; no contract checks it yet, anyone can recompute it.",
}
