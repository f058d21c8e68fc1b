"""A message that somebody signs: how it is handed in, how a false signature is refused, and how a second use is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from brownie import ZERO_ADDRESS, web3

from tests.support.region import Region
from tests.support.signing import digest, domain_of, key_of, sign, signer_of

Terms = tuple[Any, ...]
Refusal = tuple[Any, ...]


@dataclass
class Paper:
    """A message of one type, with the terms that everybody in the test region would accept."""

    region: Region
    contract: ClassVar[str]
    domain: ClassVar[str]
    types: ClassVar[dict[str, Any]]
    signer: ClassVar[str]
    by_contract_accounts: ClassVar[bool] = True
    as_bytes: ClassVar[bool] = True  # handed in whole, not as v, r, s

    @property
    def target(self) -> Any:
        return getattr(self.region, self.contract)

    def prepare(self) -> None:
        """Bring about what the message needs."""

    def terms(self) -> Terms:
        raise NotImplementedError

    def others(self) -> Mapping[str, Any]:
        """Another acceptable value for every field that the caller hands in."""
        raise NotImplementedError

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        raise NotImplementedError

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        """The error for a signature that is not the account's."""
        raise NotImplementedError

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        """The error for a second use, once what happened has been undone as far as it can be."""
        raise NotImplementedError

    def of_wallet(self, wallet: Any) -> Terms:
        """The terms once a contract account has taken the signer's place."""
        raise NotImplementedError

    def sign(self, terms: Terms, *, key: bytes | None = None, chain_shift: int = 0, contract: str = "") -> bytes:
        chain_id = web3.eth.chain_id + chain_shift
        domain = domain_of(self.domain, contract or self.target.address, chain_id=chain_id)
        return sign(key or key_of(self.signer), domain, self.types, terms)

    def digest(self, terms: Terms) -> bytes:
        return digest(self.region.domain(self.target, self.domain), self.types, terms)

    def changed(self, terms: Terms, name: str, value: Any) -> Terms:
        names = [field["name"] for field in next(iter(self.types.values()))]
        return tuple(value if name == field else old for field, old in zip(names, terms, strict=True))

    def recovered(self, terms: Terms, signature: bytes) -> str:
        """The account that a signature points to, as ecrecover would have it; none where it is malformed."""
        canonical = len(signature) == 65 and int.from_bytes(signature[32:64], "big") < 2**255
        return signer_of(self.digest(terms), signature) if canonical else ZERO_ADDRESS
