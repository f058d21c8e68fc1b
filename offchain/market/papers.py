"""What is signed in the bilateral market (EIP-712)."""

from offchain.chain.typed_data import fields

OFFER_TYPES = {
    "Offer": fields(
        member="uint32",
        selling="bool",
        counterparty="uint32",
        whPerHour="uint32",
        firstHour="uint32",
        hourCount="uint8",
        price="uint256",
        bundled="bool",
        partialFill="bool",
        expiry="uint64",
        nonce="uint24",
    )
}
"""By the member who offers, in the domain `Gridleaf OfferDesk` of its region's offer desk."""
