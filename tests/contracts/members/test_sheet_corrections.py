"""Any row of revisions: the differences told, the words held and the chain over what was replaced."""

from brownie import web3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.isolation import taken_back
from tests.support.region import DAY, DAY_END, MEMBER_IDS, NAMEPLATE, Region, fields, pack, plain, unpack_signed

LIMIT = NAMEPLATE * 105 // 100
METER = MEMBER_IDS["prosumer"]
MEASURED = 0
energy = st.sampled_from([0, 1, 77, LIMIT]) | st.integers(0, LIMIT)
register = st.just([0] * 24) | st.lists(energy, min_size=24, max_size=24)


def chain_of(past):
    """Build the hash chain from its description: 30 bytes of the hash of the link before and the replaced revision."""
    link = bytes(30)
    for revision, imports, exports in past:
        head = link + bytes(2) + revision.to_bytes(32, "big") + MEASURED.to_bytes(32, "big")
        words = (*pack(imports), *pack(exports))
        link = web3.keccak(head + b"".join(word.to_bytes(32, "big") for word in words))[:30]
    return "0x" + link.hex()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(revisions=st.lists(st.tuples(register, register), min_size=2, max_size=4))
def test_a_correction_is_the_difference_of_two_sheets(region, revisions):
    with taken_back():
        follow(region, revisions)


def follow(region, revisions):
    """Submit revision after revision; every correction and the history at the end are compared."""
    Region.go(DAY_END)
    held = None
    for number, (imports, exports) in enumerate(revisions):
        transaction = region.submit(region.sheet("prosumer", imports=imports, exports=exports, revision=number))
        if held is not None:
            told = fields(transaction.events["SheetCorrected"])
            for name, new, old in (("import", imports, held[0]), ("export", exports, held[1])):
                signed = unpack_signed(told[f"{name}Difference"])
                assert signed == [after - before for after, before in zip(new, old, strict=True)]
        held = (imports, exports)
        assert plain(region.sheets.importOf(METER, DAY)) == pack(imports)
        assert plain(region.sheets.exportOf(METER, DAY)) == pack(exports)
    past = [(number, *registers) for number, registers in enumerate(revisions[:-1])]
    assert region.sheets.historyOf(METER, DAY) == chain_of(past)
