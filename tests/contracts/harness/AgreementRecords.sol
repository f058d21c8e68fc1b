// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Agreement} from "../../../contracts/market/types/Agreements.sol";
import {HourlyEnergy} from "../../../contracts/libraries/HourlyEnergy.sol";
import {IAgreements} from "../../../interfaces/market/IAgreements.sol";

/// @notice Agreements as a market keeps them, entered by whoever asks.
contract AgreementRecords is IAgreements {
    mapping(uint32 day => Agreement[]) private _agreements;
    mapping(uint32 member => mapping(uint32 day => mapping(bool selling => uint256[3]))) private _sums;

    function enter(uint32 day, Agreement calldata agreement) external returns (uint32 index) {
        index = uint32(_agreements[day].length);
        _agreements[day].push(agreement);
        for (uint256 hour = agreement.first; hour < agreement.first + agreement.hourCount; ++hour) {
            uint256 word = HourlyEnergy.wordOf(hour);
            uint256[3] storage sold = _sums[agreement.seller][day][true];
            uint256[3] storage bought = _sums[agreement.buyer][day][false];
            sold[word] = HourlyEnergy.add(sold[word], hour, agreement.whPerHour);
            bought[word] = HourlyEnergy.add(bought[word], hour, agreement.whPerHour);
        }
    }

    function agreementOf(uint32 day, uint32 index) external view returns (Agreement memory agreement) {
        if (index < _agreements[day].length) return _agreements[day][index];
    }

    function contractedOf(uint32 member, uint32 day, bool selling) external view returns (uint256[3] memory wh) {
        return _sums[member][day][selling];
    }
}
