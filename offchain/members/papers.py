"""What members and their meters sign (EIP-712)."""

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
