"""Certificates of the day and what became of them, against what meters measured and what their laws say."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offchain.certificates.ids import unpack_id
from offchain.chain.keys import NOBODY
from offchain.day.certificates.plan import PRICE, certified, next_day_exports
from offchain.day.certificates.records import CorrectionRow, SaleRow
from offchain.day.driver.audit import differences, refuse
from offchain.day.driver.evidence import ChainEvidence, Evidence, Question, RegionEvidence
from offchain.index.records import IndexedEvent
from offchain.members.sheet_words import unpack


@dataclass(frozen=True, kw_only=True)
class CertificateFindings:
    """A region's certificates after the day."""

    issued: Mapping[int, int]
    """Certified energy of each generator's device [Wh]."""
    retired: Mapping[int, int]
    sale: SaleRow
    correction: CorrectionRow


def queries(evidence: Evidence) -> Iterable[Question]:
    """What each device was certified for in all, and what its meter measured on the day and the next one."""
    for region in evidence.regions:
        for member in certified(region.plan):
            yield Question(region.name, "GreenCertificate", "totalsOf", (member.device,))
            for day in _days(region):
                yield Question(region.name, "GreenCertificate", "measuredOf", (member.device, day))


def audit_certificates(evidence: Evidence) -> Mapping[str, CertificateFindings]:
    """Compare the certificates of every region with its plan.

    Raises:
        LawViolation: anything differs; names the first difference of each kind.
    """
    found = {}
    for region in evidence.regions:
        findings = _read(region)
        problems = [
            *_issued(region, findings),
            *_sale_laws(findings.sale),
            *_correction_laws(findings.correction),
            *_measured(region),
        ]
        refuse(region.name, problems)
        found[region.name] = findings
    return found


def _days(region: RegionEvidence) -> tuple[int, int]:
    return region.plan.day, region.plan.day + 1


def _read(region: RegionEvidence) -> CertificateFindings:
    plan = region.plan
    issued, retired = _minted(region.chain, plan.hours), _retired(region.chain)
    return CertificateFindings(
        issued={m.id: issued[m.device or 0] for m in certified(plan)},
        retired={m.id: retired[m.device or 0] for m in certified(plan)},
        sale=_sale(region),
        correction=_correction(region),
    )


def _minted(chain: ChainEvidence, hours: range) -> Counter[int]:
    """Issued energy of these hours of production, by device [Wh]."""
    found: Counter[int] = Counter()
    for event in chain.of("GreenCertificate", "TransferSingle", "TransferBatch"):
        if event.values["from"] != NOBODY:
            continue
        for number, wh in _lots(event):
            certificate = unpack_id(number)
            found[certificate.device] += wh if certificate.hour in hours else 0
    return found


def _lots(event: IndexedEvent) -> Iterable[tuple[int, int]]:
    """Ids and energy that were moved [Wh]."""
    values = event.values
    return zip(values["ids"], values["values"], strict=True) if "ids" in values else [(values["id"], values["value"])]


def _retired(chain: ChainEvidence) -> Counter[int]:
    """Retired energy by the device in each certificate's id [Wh]."""
    retired: Counter[int] = Counter()
    for event in chain.of("GreenCertificate", "CertificatesRetired"):
        for certificate, wh in zip(event.values["ids"], event.values["amounts"], strict=True):
            retired[unpack_id(certificate).device] += wh
    return retired


def _sale(region: RegionEvidence) -> SaleRow:
    event = region.chain.only("CertificateSale", "GreenAgreementSigned")
    members, values = region.plan.members, event.values
    return SaleRow(
        seller=members.by_id(values["seller"]).name,
        buyer=members.by_id(values["buyer"]).name,
        sold=sum(values["amounts"]),
        price=values["price"],
        paid=values["paid"],
        transaction=event.transaction,
    )


def _correction(region: RegionEvidence) -> CorrectionRow:
    sold = region.chain.only("CertificateSale", "GreenAgreementSigned")
    owner = region.plan.members.by_id(sold.values["seller"])
    corrected = region.chain.only("GreenCertificate", "DayCorrected")
    withheld = region.chain.only("GreenCertificate", "EnergyWithheld")
    next_hours = region.plan.calendar.hours(withheld.values["day"])
    return CorrectionRow(
        owner=owner.name,
        lowered=corrected.values["lowered"],
        withdrawn=corrected.values["withdrawn"],
        measured_next=sum(next_day_exports(region.plan)[owner.device or 0]),
        withheld=withheld.values["wh"],
        issued_next=_minted(region.chain, next_hours)[owner.device or 0],
        correction=corrected.transaction,
        issuance=withheld.transaction,
    )


def _issued(region: RegionEvidence, findings: CertificateFindings) -> Iterable[str]:
    metered = {m.id: sum(region.plan.readings.final[m.id - 1].export_wh) for m in certified(region.plan)}
    yield from differences("certified energy of device", findings.issued, metered)


def _sale_laws(sale: SaleRow) -> Iterable[str]:
    cost = -(-sale.sold * PRICE // 1000)
    if (sale.price, sale.paid) != (PRICE, cost):
        yield f"{sale.sold} Wh were sold for {sale.paid} point-wei, planned {cost}"


def _correction_laws(row: CorrectionRow) -> Iterable[str]:
    """All was sold before: nothing is withdrawn, and the next issuance is smaller by all that was lowered."""
    kept = min(row.lowered, row.measured_next)
    if (row.withdrawn, row.withheld, row.issued_next) != (0, kept, row.measured_next - kept):
        yield (
            f"{row.lowered} Wh corrected after the sale: {row.withdrawn} Wh withdrawn, {row.withheld} Wh kept back of "
            f"{row.measured_next} Wh, {row.issued_next} Wh issued"
        )


def _measured(region: RegionEvidence) -> Iterable[str]:
    """Of every device: certified and not withdrawn, less what it owes, is what was measured."""
    chain = region.chain
    for member in certified(region.plan):
        totals = chain.answer("GreenCertificate", "totalsOf", member.device)
        measured = sum(
            sum(unpack(chain.answer("GreenCertificate", "measuredOf", member.device, day))) for day in _days(region)
        )
        if totals.issued - totals.withdrawn - totals.owed != measured:
            yield f"device {member.device} is certified for {totals}, measured {measured} Wh"
            return
