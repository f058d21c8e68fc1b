"""What the bank and a utility state about points; amounts in point-wei."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Deposit:
    """Money that came into escrow, and whose points it becomes."""

    to: str
    """Account."""
    amount: int
    """[point-wei]"""
    reference: bytes
    """Of the bank's movement, 32 bytes; never used twice."""

    @property
    def message(self) -> Mapping[str, Any]:
        """As IPowerPoint.Deposit."""
        return {"to": self.to, "amount": self.amount, "bankReference": self.reference}


@dataclass(frozen=True, kw_only=True)
class Bill:
    """A utility's bill that is paid with points."""

    payer: str
    """Account."""
    amount: int
    """[point-wei]"""
    reference: bytes
    """Of the utility's books, 32 bytes; never used twice."""
    deadline: int
    """Last time for it [s]."""

    @property
    def message(self) -> Mapping[str, Any]:
        """As IPowerPoint.Bill."""
        return {
            "payer": self.payer,
            "amount": self.amount,
            "billId": self.reference,
            "deadline": self.deadline,
        }
