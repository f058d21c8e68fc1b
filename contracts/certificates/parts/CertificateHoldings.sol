// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {ICertificateHoldings} from "../../../interfaces/certificates/ICertificateHoldings.sol";
import {IFreezeList} from "../../../interfaces/members/IFreezeList.sol";
import {CertificateId} from "../types/CertificateId.sol";
import {HourlyEnergy} from "../../libraries/HourlyEnergy.sol";
import {HourlyHoldings} from "../lib/HourlyHoldings.sol";

/// @title Who holds certificates, and what holders may do with them
/// @dev OpenZeppelin's ERC-1155 with eight hours of a holder in a word.
abstract contract CertificateHoldings is ERC1155, AccessManaged, ICertificateHoldings {
    using BitMaps for BitMaps.BitMap;
    using HourlyHoldings for HourlyHoldings.Map;

    /// @dev After the end of the hour of production: 12 and 18 months (Directive (EU) 2018/2001, Article 19(3)).
    uint256 public constant TRANSFERABLE = 365 days; // [s]
    uint256 public constant RETIRABLE = 548 days; // [s]

    bool private constant ADDING = true;
    bool private constant TAKING = false;

    IFreezeList public immutable freezes;
    int8 public immutable utcOffset; // [h]
    /// @inheritdoc ICertificateHoldings
    bool public immutable trial;
    uint256 private immutable _alignment; // of words with days [h]
    uint256 private immutable _shift; // of local time ahead of UTC, one day more so that it is positive [h]

    HourlyHoldings.Map private _held;
    HourlyHoldings.Map private _retired;
    mapping(address keeper => HourlyHoldings.Map) private _locked;
    mapping(uint32 device => BitMaps.BitMap) internal _revokedDays;
    mapping(address receiver => bool) private _listedOnly;
    mapping(address receiver => mapping(address sender => bool)) private _listed;

    constructor(IFreezeList freezes_, int8 utcOffset_, bool trial_) {
        freezes = freezes_;
        utcOffset = utcOffset_;
        trial = trial_;
        _shift = uint256(int256(utcOffset_) + 24);
        _alignment = _shift % 8;
    }

    // Transfer

    /// @dev ERC-1155, for certificates that may move to a receiver that takes them.
    function safeTransferFrom(
        address from,
        address to,
        uint256 id,
        uint256 value,
        bytes memory data
    ) public override {
        _transfer(from, to, _single(id), _single(value), data, false);
    }

    /// @dev ERC-1155, for certificates that may move to a receiver that takes them.
    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] memory ids,
        uint256[] memory values,
        bytes memory data
    ) public override {
        _transfer(from, to, ids, values, data, true);
    }

    function _transfer(
        address from,
        address to,
        uint256[] memory ids,
        uint256[] memory values,
        bytes memory data,
        bool batch
    ) private {
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        _checkAuthorized(_msgSender(), from);
        _checkFree(from);
        _checkUsable(ids, TRANSFERABLE);
        if (_listedOnly[to] && !accepts(to, from, _msgSender())) {
            revert GreenCertificate_SenderNotListed(to, from, _msgSender());
        }
        _updateWithAcceptanceCheck(from, to, ids, values, data, batch);
    }

    function _checkFree(address account) internal view {
        freezes.requireNotFrozen(account);
    }

    /// @dev Neither expired nor revoked.
    function _checkUsable(uint256[] memory ids, uint256 lifetime) internal view {
        uint256 checked; // device and day that were looked up last
        for (uint256 i; i < ids.length; ++i) {
            uint256 id = ids[i];
            unchecked {
                uint256 expiry = (CertificateId.hourOf(id) + 1) * 1 hours + lifetime;
                if (block.timestamp >= expiry) revert GreenCertificate_Expired(id, expiry, block.timestamp);
            }
            (uint32 device, uint32 day) = _deviceDayOf(id);
            uint256 deviceDay = (uint256(device) << 32) | day;
            if (deviceDay == checked) continue;
            if (_revokedDays[device].get(day)) revert GreenCertificate_Revoked(device, day);
            checked = deviceDay;
        }
    }

    /// @dev The first unix hour of a market day.
    function _firstHourOf(uint32 day) internal view returns (uint32) {
        unchecked {
            return uint32((uint256(day) + 1) * 24 - _shift);
        }
    }

    /// @dev Device and market day of a certificate.
    function _deviceDayOf(uint256 id) internal view returns (uint32 device, uint32 day) {
        unchecked {
            return (uint32(id >> 56), uint32((CertificateId.hourOf(id) + _shift) / 24 - 1));
        }
    }

    /// @dev Issuance, transfer, retirement and withdrawal all come through here.
    function _update(address from, address to, uint256[] memory ids, uint256[] memory values) internal override {
        if (ids.length != values.length) revert ERC1155InvalidArrayLength(ids.length, values.length);
        if (ids.length == 0) revert GreenCertificate_EmptyBatch();

        if (from != address(0)) _held.change(from, ids, values, _alignment, TAKING);
        if (to != address(0)) _held.change(to, ids, values, _alignment, ADDING);
        if (ids.length == 1) emit TransferSingle(_msgSender(), from, to, ids[0], values[0]);
        else emit TransferBatch(_msgSender(), from, to, ids, values);
    }

    /// @dev Burns certificates and remembers who retired them.
    function _retire(address holder, uint256[] memory ids, uint256[] memory amounts) internal {
        _checkUsable(ids, RETIRABLE);
        _update(holder, address(0), ids, amounts);
        _retired.change(holder, ids, amounts, _alignment, ADDING);
    }

    function _single(uint256 value) internal pure returns (uint256[] memory array) {
        array = new uint256[](1);
        array[0] = value;
    }

    // Receiving

    /// @inheritdoc ICertificateHoldings
    function restrictReceiving(bool listedOnly) external {
        _listedOnly[_msgSender()] = listedOnly;
        emit ReceivingRestricted(_msgSender(), listedOnly);
    }

    /// @inheritdoc ICertificateHoldings
    function listSenders(address[] calldata senders, bool listed) external {
        if (senders.length == 0) revert GreenCertificate_EmptyBatch();
        for (uint256 i; i < senders.length; ++i) _listed[_msgSender()][senders[i]] = listed;
        emit SendersListed(_msgSender(), senders, listed);
    }

    // Stake

    /// @inheritdoc ICertificateHoldings
    function lock(address account, uint256[] memory ids, uint256[] memory amounts) public restricted {
        address keeper = _msgSender();
        _checkAuthorized(keeper, account);
        _checkFree(account);
        _checkUsable(ids, TRANSFERABLE);

        _update(account, address(this), ids, amounts);
        _locked[keeper].change(account, ids, amounts, _alignment, ADDING);
        emit CertificatesLocked(keeper, account, ids, amounts);
    }

    /// @inheritdoc ICertificateHoldings
    function unlock(address account, uint256[] memory ids, uint256[] memory amounts) public restricted {
        if (ids.length != amounts.length) revert ERC1155InvalidArrayLength(ids.length, amounts.length);
        address keeper = _msgSender();

        _locked[keeper].change(account, ids, amounts, _alignment, TAKING);
        emit CertificatesUnlocked(keeper, account, ids, amounts);
        _safeBatchTransferFrom(address(this), account, ids, amounts, "");
    }

    // Delivery

    /// @inheritdoc ICertificateHoldings
    function deliver(
        address from,
        address to,
        uint32 device,
        uint32 day,
        uint256[3] calldata wh
    ) external restricted returns (uint256[3] memory moved) {
        uint256[] memory ids;
        uint256[] memory amounts;
        (ids, amounts, moved) = _collect(from, _firstIdsOf(device, day), wh);
        if (ids.length == 0) return moved;
        _checkUsable(ids, TRANSFERABLE);

        emit CertificatesDelivered(device, day, to, from, moved);
        _safeBatchTransferFrom(from, to, ids, amounts, "");
    }

    /// @dev The ids of the first hour of a device-day, one for each revision.
    function _firstIdsOf(uint32 device, uint32 day) internal view virtual returns (uint256[] memory firstIds);

    /// @dev What an account has of a device-day, hour by hour up to `wh`, older revisions first.
    function _collect(
        address account,
        uint256[] memory firstIds,
        uint256[3] memory wh
    ) internal view returns (uint256[] memory ids, uint256[] memory amounts, uint256[3] memory collected) {
        uint256 count;
        (ids, amounts) = (new uint256[](24 * firstIds.length), new uint256[](24 * firstIds.length));
        for (uint256 hour; hour < 24; ++hour) {
            uint256 wanted = HourlyEnergy.read(wh[HourlyEnergy.wordOf(hour)], hour);
            for (uint256 i; i < firstIds.length && wanted != 0; ++i) {
                uint256 id = CertificateId.later(firstIds[i], hour);
                uint256 amount = Math.min(wanted, balanceOf(account, id));
                if (amount == 0) continue;
                (ids[count], amounts[count]) = (id, amount);
                ++count;
                wanted -= amount;
                uint256 word = HourlyEnergy.wordOf(hour);
                collected[word] = HourlyEnergy.add(collected[word], hour, amount);
            }
        }
        _shorten(ids, count);
        _shorten(amounts, count);
    }

    /// @dev Cuts an array in memory off after its first `length` entries, of at most as many as it has.
    function _shorten(uint256[] memory array, uint256 length) internal pure {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(array, length)
        }
    }

    // Views

    /// @dev ERC-1155 [Wh].
    function balanceOf(address account, uint256 id) public view override returns (uint256) {
        return _held.get(account, id, _alignment);
    }

    /// @inheritdoc ICertificateHoldings
    function retiredOf(address account, uint256 id) external view returns (uint256 wh) {
        return _retired.get(account, id, _alignment);
    }

    /// @inheritdoc ICertificateHoldings
    function lockedOf(address keeper, address account, uint256 id) external view returns (uint256 wh) {
        return _locked[keeper].get(account, id, _alignment);
    }

    /// @inheritdoc ICertificateHoldings
    function accepts(address receiver, address sender, address operator) public view returns (bool) {
        if (!_listedOnly[receiver]) return true;
        return _listed[receiver][sender] || _listed[receiver][operator];
    }

    /// @inheritdoc ICertificateHoldings
    function revoked(uint32 device, uint32 day) external view returns (bool) {
        return _revokedDays[device].get(day);
    }

    /// @inheritdoc ICertificateHoldings
    function describe(
        uint256 id
    ) external pure returns (bool trial_, uint32 device, uint32 hour, uint8 carrier, uint16 revision) {
        return CertificateId.unpack(id);
    }
}
