"""The ids of certificates: trial << 88 | device << 56 | unix hour << 24 | carrier << 16 | revision."""

from dataclasses import dataclass

from offchain.errors import InputError

_WIDTHS = {"device": 32, "hour": 32, "carrier": 8, "revision": 16}


@dataclass(frozen=True, kw_only=True)
class CertificateId:
    """What a certificate is of: one device, one hour of production."""

    device: int
    hour: int
    """Unix hour."""
    carrier: int
    """Code of the factor table."""
    revision: int
    """Of the day sheet, or of what came later."""
    trial: bool = False


def pack_id(certificate: CertificateId) -> int:
    """The id as a number.

    Raises:
        InputError: a part does not fit.
    """
    number = int(certificate.trial)
    for name, width in _WIDTHS.items():
        value = getattr(certificate, name)
        if not 0 <= value < 1 << width:
            raise InputError(f"{name} {value} of a certificate is not within 0 to {(1 << width) - 1}")
        number = number << width | value
    return number


def unpack_id(number: int) -> CertificateId:
    """The parts of an id.

    Raises:
        InputError: the number is none.
    """
    if not 0 <= number < 1 << 89:
        raise InputError(f"{number} is not the id of a certificate")
    parts: dict[str, int] = {}
    rest = number
    for name, width in reversed(_WIDTHS.items()):
        parts[name] = rest & (1 << width) - 1
        rest >>= width
    return CertificateId(**parts, trial=bool(rest))
