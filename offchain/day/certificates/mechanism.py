"""The certificates of a trading day: when what happens, how it is checked, what the report shows."""

from offchain.day.certificates.audit import audit_certificates, queries
from offchain.day.certificates.section import section
from offchain.day.certificates.steps import STEPS
from offchain.day.driver.mechanism import Mechanism

CERTIFICATES = Mechanism(
    name="certificates",
    steps=STEPS,
    audit=audit_certificates,
    section=section,
    queries=queries,
    roles=("courier", "issuer", "bank"),
)
