"""What a report shows of certificates. Energy in Wh, money in point-wei."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SaleRow:
    """A sale of certificates against points."""

    seller: str
    buyer: str
    sold: int
    price: int
    """[point-wei/kWh]"""
    paid: int
    transaction: str


@dataclass(frozen=True, kw_only=True)
class CorrectionRow:
    """A device that had been certified for too much, and how its next issuance made up for it."""

    owner: str
    lowered: int
    withdrawn: int
    """From the owner's certificates, at once."""
    measured_next: int
    """By its final sheet of the following day."""
    withheld: int
    """Of it, not issued."""
    issued_next: int
    correction: str
    """Transaction."""
    issuance: str
    """Transaction."""

    @property
    def owed(self) -> int:
        """Left after what was withdrawn."""
        return self.lowered - self.withdrawn


@dataclass(frozen=True, kw_only=True)
class CertificateRow:
    """Certificates of one carrier [Wh]."""

    carrier: str
    devices: int
    issued: int
    retired: int


@dataclass(frozen=True, kw_only=True)
class CertificateReport:
    """A region's certificates."""

    certificates: tuple[CertificateRow, ...]
    sale: SaleRow
    correction: CorrectionRow
