"""What is signed about members, their meters and devices (EIP-712)."""

from offchain.chain.typed_data import fields

DAY_SHEET = {
    "DaySheet": fields(meter="uint32", day="uint32", revision="uint16", importWh="uint256[3]", exportWh="uint256[3]")
}
"""By the meter's own key, in the domain `Gridleaf DaySheets`."""
REGISTRATION = {
    "Registration": fields(
        account="address",
        meterKey="address",
        node="uint32",
        kind="uint8",
        group="uint32",
        importW="uint32",
        exportW="uint32",
        deadline="uint64",
    )
}
"""By the account that becomes a member, in the domain `Gridleaf MemberRegistry`."""
METER_KEY_CONSENT = {
    "MeterKeyConsent": fields(meter="uint32", meterKey="address", keyChanges="uint16", deadline="uint64")
}
"""By the member's account, in the domain of the registry that keeps the meter's key."""
FREEZE = {"Freeze": fields(account="address", until="uint64", reason="bytes32", nonce="uint64", deadline="uint64")}
"""By the regulator's second person, in the domain `Gridleaf FreezeList`."""
LIFT = {"Lift": fields(account="address", reason="bytes32", nonce="uint64", deadline="uint64")}
"""By the regulator's second person, in the domain `Gridleaf FreezeList`."""
BOND_FORFEITURE = {
    "BondForfeiture": fields(
        device="uint32", beneficiary="address", reason="bytes32", bondCount="uint32", deadline="uint64"
    )
}
"""By the regulator's second person, in the domain `Gridleaf DeviceRegistry`."""
