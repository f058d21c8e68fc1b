// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {HourlyEnergy} from "../../libraries/HourlyEnergy.sol";

/// @title Amounts of certificates by account, eight hours of a device to a word
/// @notice The certificates of a device, carrier and revision differ in their hour alone, and no hour is above
/// 2^32 - 1 Wh. A run of ids within one word costs one read and one write. `alignment` is what the region's local time
/// is ahead of UTC, modulo 8: with it a market day fills three words.
library HourlyHoldings {
    uint256 private constant HOUR_SHIFT = 24; // of a certificate id
    uint256 private constant LANES = 7 << HOUR_SHIFT; // which of the eight hours
    uint256 private constant LANE_SHIFT = HOUR_SHIFT - 5; // from there to the place of the hour's 32 bits

    struct Map {
        mapping(address account => mapping(uint256 series => uint256)) words; // 8 x uint32 [Wh]
    }

    /// @notice Zero amounts are neither moved nor retired.
    error HourlyHoldings_ZeroAmount(uint256 id);
    /// @notice An account holds at most 2^32 - 1 Wh of a certificate.
    error HourlyHoldings_TooMuch(uint256 id, uint256 held, uint256 amount);

    /// @dev What an account has of a certificate [Wh].
    function get(Map storage map, address account, uint256 id, uint256 alignment) internal view returns (uint256) {
        (uint256 series, uint256 shift) = _locate(id, alignment);
        return (map.words[account][series] >> shift) & HourlyEnergy.LARGEST;
    }

    /// @dev Adds amounts [Wh] to what an account has, or takes them. Keeps the word of the present run and writes it
    /// when the run ends. There is no series 0: no device has the number 0.
    function change(
        Map storage map,
        address account,
        uint256[] memory ids,
        uint256[] memory amounts,
        uint256 alignment,
        bool adding
    ) internal {
        mapping(uint256 series => uint256) storage words = map.words[account];
        uint256 series;
        uint256 word;
        for (uint256 i; i < ids.length; ++i) {
            uint256 id = ids[i];
            (uint256 next, uint256 shift) = _locate(id, alignment);
            if (next != series) {
                if (series != 0) words[series] = word;
                series = next;
                word = words[next];
            }
            uint256 amount = amounts[i];
            if (amount == 0) revert HourlyHoldings_ZeroAmount(id);
            uint256 held = (word >> shift) & HourlyEnergy.LARGEST;
            unchecked {
                if (adding) {
                    if (amount > HourlyEnergy.LARGEST - held) revert HourlyHoldings_TooMuch(id, held, amount);
                    word += amount << shift;
                } else {
                    if (amount > held) revert IERC1155Errors.ERC1155InsufficientBalance(account, held, amount, id);
                    word -= amount << shift;
                }
            }
        }
        words[series] = word;
    }

    function _locate(uint256 id, uint256 alignment) private pure returns (uint256 series, uint256 shift) {
        unchecked {
            uint256 aligned = id + (alignment << HOUR_SHIFT);
            return (aligned & ~LANES, (aligned & LANES) >> LANE_SHIFT);
        }
    }
}
