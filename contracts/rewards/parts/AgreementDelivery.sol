// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IAgreements} from "../../../interfaces/market/IAgreements.sol";
import {IDaySheets} from "../../../interfaces/members/IDaySheets.sol";
import {IDeviceRegistry} from "../../../interfaces/members/IDeviceRegistry.sol";
import {IEnergyRewards} from "../../../interfaces/rewards/IEnergyRewards.sol";
import {IGreenCertificate} from "../../../interfaces/certificates/IGreenCertificate.sol";
import {IMemberRegistry} from "../../../interfaces/members/IMemberRegistry.sol";
import {Agreement} from "../../market/types/Agreements.sol";
import {HourlyEnergy} from "../../libraries/HourlyEnergy.sol";

/// @title Which certified energy was delivered under which agreement
/// @notice Hour by hour, whatever the rulebook of the market: the energy of an agreement is what both final sheets show
/// of it, in the agreed shares; a Wh of a device counts for one agreement only.
abstract contract AgreementDelivery is ReentrancyGuardTransient, IEnergyRewards {
    IAgreements public immutable agreements;
    IGreenCertificate public immutable certificates;
    IDaySheets public immutable sheets;
    IDeviceRegistry public immutable devices;
    IMemberRegistry public immutable registry;

    mapping(uint32 day => mapping(uint32 index => uint256[3])) private _delivered; // 24 x uint32 [Wh]
    mapping(uint32 device => mapping(uint32 day => uint256[3])) private _marked; // 24 x uint32 [Wh]

    constructor(IAgreements agreements_, IGreenCertificate certificates_) {
        agreements = agreements_;
        certificates = certificates_;
        sheets = certificates_.sheets();
        devices = certificates_.devices();
        registry = devices.registry();
    }

    // Delivery

    /// @inheritdoc IEnergyRewards
    function deliver(uint32 day, uint32 index, uint32 device) external nonReentrant {
        Agreement memory agreement = _existing(day, index);
        IDeviceRegistry.Device memory source = devices.deviceOf(device);
        if (source.owner != agreement.seller) {
            revert EnergyRewards_NotSellers(device, source.owner, agreement.seller);
        }
        uint256[3] memory due = _less(_matched(agreement, day), _delivered[day][index]);
        uint256[3] memory free = _freeOf(device, day);
        uint256[3] memory wh = agreement.bundled
            ? _handOver(agreement, day, device, due)
            : _entered(agreement, _least(due, free));
        if (_isZero(wh)) revert EnergyRewards_NothingDue(day, index, device);

        uint256[3] memory counted = _least(wh, free);
        _raise(_delivered[day][index], wh);
        _raise(_marked[device][day], counted);
        bool rewarded = _enter(day, agreement, HourlyEnergy.total(counted));
        emit AgreementDelivered(day, index, device, agreement.seller, agreement.buyer, wh, counted, rewarded);
    }

    /// @dev What of a device's certified energy counts for no agreement yet; nothing of a revoked day does.
    function _freeOf(uint32 device, uint32 day) private view returns (uint256[3] memory wh) {
        if (certificates.revoked(device, day)) return wh;
        return _less(certificates.measuredOf(device, day), _marked[device][day]);
    }

    /// @dev Hands the seller's certificates over, as far as it has them.
    function _handOver(
        Agreement memory agreement,
        uint32 day,
        uint32 device,
        uint256[3] memory due
    ) private returns (uint256[3] memory moved) {
        if (_isZero(due)) return due;
        address from = registry.accountOf(agreement.seller);
        return certificates.deliver(from, registry.accountOf(agreement.buyer), device, day, due);
    }

    /// @dev Without certificates the seller itself says which of its energy counts; there is nothing in it for others.
    function _entered(
        Agreement memory agreement,
        uint256[3] memory wh
    ) private view returns (uint256[3] memory) {
        address account = registry.accountOf(agreement.seller);
        if (msg.sender != account) revert EnergyRewards_NotSeller(account, msg.sender);
        uint256[3] memory nothing;
        return agreement.related ? nothing : wh;
    }

    /// @dev Enters counted energy [Wh] into the rewards of a day, unless they are closed.
    function _enter(
        uint32 day,
        Agreement memory agreement,
        uint256 wh
    ) internal virtual returns (bool rewarded);

    // Energy of an agreement

    function _existing(uint32 day, uint32 index) private view returns (Agreement memory agreement) {
        agreement = agreements.agreementOf(day, index);
        if (agreement.seller == 0) revert EnergyRewards_UnknownAgreement(day, index);
    }

    /// @dev Delivered and taken, hour by hour.
    function _matched(
        Agreement memory agreement,
        uint32 day
    ) private view returns (uint256[3] memory wh) {
        _checkFinal(agreement.seller, day);
        _checkFinal(agreement.buyer, day);
        uint256[3] memory sold = agreements.contractedOf(agreement.seller, day, true);
        uint256[3] memory bought = agreements.contractedOf(agreement.buyer, day, false);
        uint256[3] memory exported = sheets.exportOf(agreement.seller, day);
        uint256[3] memory imported = sheets.importOf(agreement.buyer, day);
        for (uint256 hour = agreement.first; hour < agreement.first + agreement.hourCount; ++hour) {
            uint256 word = HourlyEnergy.wordOf(hour);
            uint256 part = Math.min(
                _share(exported[word], sold[word], hour, agreement.whPerHour),
                _share(imported[word], bought[word], hour, agreement.whPerHour)
            );
            wh[word] = HourlyEnergy.add(wh[word], hour, part);
        }
    }

    function _checkFinal(uint32 member, uint32 day) private view {
        (IDaySheets.Status status, IDaySheets.Mark mark, ) = sheets.statusOf(member, day);
        if (status != IDaySheets.Status.Final || mark != IDaySheets.Mark.None) {
            revert EnergyRewards_NotMeasured(member, day, status, mark);
        }
    }

    function _share(uint256 metered, uint256 sums, uint256 hour, uint256 contracted) private pure returns (uint256) {
        uint256 energy = HourlyEnergy.read(metered, hour);
        return HourlyEnergy.shareRoundedDown(energy, contracted, HourlyEnergy.read(sums, hour));
    }

    // 24 hours at once

    function _isZero(uint256[3] memory wh) private pure returns (bool) {
        return wh[0] | wh[1] | wh[2] == 0;
    }

    /// @dev What is above the other, hour by hour.
    function _less(uint256[3] memory wh, uint256[3] memory other) private pure returns (uint256[3] memory rest) {
        uint256[3] memory least = _least(wh, other);
        for (uint256 word; word < 3; ++word) rest[word] = wh[word] - least[word];
    }

    /// @dev The smaller one, hour by hour.
    function _least(uint256[3] memory a, uint256[3] memory b) private pure returns (uint256[3] memory least) {
        for (uint256 hour; hour < 24; ++hour) {
            uint256 word = HourlyEnergy.wordOf(hour);
            uint256 wh = Math.min(HourlyEnergy.read(a[word], hour), HourlyEnergy.read(b[word], hour));
            least[word] = HourlyEnergy.add(least[word], hour, wh);
        }
    }

    /// @dev No hour's sum exceeds what was metered in it.
    function _raise(uint256[3] storage words, uint256[3] memory wh) private {
        for (uint256 word; word < 3; ++word) {
            if (wh[word] != 0) words[word] += wh[word];
        }
    }

    // Views

    /// @inheritdoc IEnergyRewards
    function matchedOf(uint32 day, uint32 index) external view returns (uint256[3] memory wh) {
        return _matched(_existing(day, index), day);
    }

    /// @inheritdoc IEnergyRewards
    function deliveredOf(uint32 day, uint32 index) external view returns (uint256[3] memory wh) {
        return _delivered[day][index];
    }

    /// @inheritdoc IEnergyRewards
    function markedOf(uint32 device, uint32 day) external view returns (uint256[3] memory wh) {
        return _marked[device][day];
    }
}
