"""What is signed about certificates (EIP-712)."""

from offchain.chain.typed_data import fields

OFFER = {
    "Offer": fields(
        seller="address",
        ids="uint256[]",
        wh="uint256",
        price="uint256",
        buyer="address",
        expiry="uint64",
        nonce="uint256",
    )
}
"""By the seller of certificates, in the domain of `CertificateSale`."""
