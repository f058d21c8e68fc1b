"""A register's 24 hours in three 256-bit words, as day sheets carry them on chain.

Eight uint32 [Wh] to a word, hour 0 of the day in the lowest bits of the first word.
"""

from collections.abc import Sequence

from offchain.errors import InputError
from offchain.market_time import HOURS_PER_DAY
from offchain.members.records import UINT32_MAX

HOURS_PER_WORD = 8
WORDS_PER_DAY = HOURS_PER_DAY // HOURS_PER_WORD
_BITS = 32


def energy_problems(wh: Sequence[int]) -> list[str]:
    """List what is wrong with the hourly energies [Wh] of a day."""
    if len(wh) != HOURS_PER_DAY:
        return [f"{len(wh)} hours instead of {HOURS_PER_DAY}"]
    return [
        f"hour {h}: {value} Wh is not within 0 to {UINT32_MAX}"
        for h, value in enumerate(wh)
        if not 0 <= value <= UINT32_MAX
    ]


def pack(wh: Sequence[int]) -> tuple[int, int, int]:
    """Pack 24 hourly energies [Wh] into three words.

    Raises:
        InputError: not 24 values, or one does not fit a uint32.

    """
    if problems := energy_problems(wh):
        raise InputError("day sheet: " + "; ".join(problems))
    first, second, third = (
        sum(int(value) << _BITS * i for i, value in enumerate(wh[start : start + HOURS_PER_WORD]))
        for start in range(0, HOURS_PER_DAY, HOURS_PER_WORD)
    )
    return first, second, third


def register_words(import_wh: Sequence[int], export_wh: Sequence[int]) -> dict[str, list[int]]:
    """Both registers of a day, 24 hourly energies [Wh] each, as the contracts' structs hold them.

    Raises:
        InputError: as `pack`.

    """
    return {"importWh": list(pack(import_wh)), "exportWh": list(pack(export_wh))}


def unpack(words: Sequence[int]) -> tuple[int, ...]:
    """Unpack the 24 hourly energies [Wh] of three words.

    Raises:
        InputError: not three words, or one does not fit a uint256.

    """
    if len(words) != WORDS_PER_DAY or any(not 0 <= word < 1 << _BITS * HOURS_PER_WORD for word in words):
        raise InputError(f"a register is {WORDS_PER_DAY} words of type uint256, not {list(words)}")
    return tuple(word >> _BITS * i & UINT32_MAX for word in words for i in range(HOURS_PER_WORD))


def unpack_signed(words: Sequence[int]) -> tuple[int, ...]:
    """The 24 hourly differences [Wh] of three words, each int32 in two's complement, as corrections announce them.

    Raises:
        InputError: as `unpack`.
    """
    return tuple(value - (value >> _BITS - 1 << _BITS) for value in unpack(words))
