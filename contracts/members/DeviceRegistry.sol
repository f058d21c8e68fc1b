// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IDeviceRegistry} from "../../interfaces/members/IDeviceRegistry.sol";
import {IMemberRegistry} from "../../interfaces/members/IMemberRegistry.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {MeterKeyConsent} from "./lib/MeterKeyConsent.sol";
import {Roles} from "../libraries/Roles.sol";
import {SheetWindows} from "../libraries/SheetWindows.sol";
import {TwoPersonRule} from "../libraries/TwoPersonRule.sol";
import {DeviceStore} from "./parts/DeviceStore.sol";

/// @title Production devices of one market region, their meters and their bonds
contract DeviceRegistry is DeviceStore, AccessManaged, EIP712 {
    using SafeERC20 for IERC20;

    uint256 public constant BATCH_CAP = 100;
    uint256 public constant COMPLAINT_PERIOD = 7 days; // after the last day is final [s]
    bytes32 private constant FORFEITURE_TYPE =
        keccak256(
            "BondForfeiture(uint32 device,address beneficiary,bytes32 reason,uint32 bondCount,uint64 deadline)"
        );

    /// @inheritdoc IDeviceRegistry
    IMemberRegistry public immutable registry;
    /// @inheritdoc IDeviceRegistry
    IERC20 public immutable points;
    /// @inheritdoc IDeviceRegistry
    int8 public immutable utcOffset; // [h]

    /// @inheritdoc IDeviceRegistry
    uint96 public bondAmount; // [point-wei]
    /// @inheritdoc IDeviceRegistry
    uint32 public deviceCount;

    constructor(
        address authority_,
        IMemberRegistry registry_,
        IERC20 points_,
        int8 utcOffset_,
        uint96 bondAmount_
    ) AccessManaged(authority_) EIP712("Gridleaf DeviceRegistry", "1") {
        registry = registry_;
        points = points_;
        utcOffset = MarketTime.checkedOffset(utcOffset_);
        _setBondAmount(bondAmount_);
    }

    // Registration

    /// @inheritdoc IDeviceRegistry
    function register(Registration[] calldata registrations) external restricted returns (uint32 firstDevice) {
        uint256 size = registrations.length;
        if (size == 0 || size > BATCH_CAP) revert DeviceRegistry_BatchSize(size, BATCH_CAP);
        firstDevice = deviceCount + 1;
        deviceCount += uint32(size);
        for (uint256 i; i < size; ++i) _register(firstDevice + uint32(i), registrations[i], i);
    }

    function _register(uint32 device, Registration calldata entry, uint256 index) private {
        IMemberRegistry.MemberKind kind = registry.requireMayTrade(entry.owner).kind;
        if (
            kind != IMemberRegistry.MemberKind.Generator &&
            kind != IMemberRegistry.MemberKind.Prosumer &&
            kind != IMemberRegistry.MemberKind.GridCompany
        ) revert DeviceRegistry_OwnerCannotProduce(entry.owner, kind);
        uint32 cap = HourlyEnergy.LARGEST_NAMEPLATE;
        if (
            entry.capacityW == 0 ||
            entry.capacityW > cap ||
            entry.meterKey == address(0) ||
            entry.carrier == 0 ||
            entry.declaration == 0
        ) revert DeviceRegistry_Incomplete(index, entry.capacityW, cap);
        uint32 today = MarketTime.dayAt(block.timestamp, utcOffset);
        if (entry.commissioningDay < today) {
            revert DeviceRegistry_CommissionedBefore(index, entry.commissioningDay, today);
        }

        _store(device, entry);
        emit DeviceRegistered(
            device,
            entry.owner,
            entry.meterKey,
            entry.capacityW,
            entry.commissioningDay,
            entry.carrier,
            entry.technology,
            entry.gridArea,
            entry.support,
            entry.declaration
        );
    }

    function _store(uint32 device, Registration calldata entry) private {
        _devices[device] = Device({
            meterKey: entry.meterKey,
            capacityW: entry.capacityW,
            commissioningDay: entry.commissioningDay,
            lastDay: IN_SERVICE,
            owner: entry.owner,
            carrier: entry.carrier,
            technology: entry.technology,
            gridArea: entry.gridArea,
            support: entry.support,
            bondState: BondState.Missing,
            bondCount: 0,
            bond: 0,
            keyChanges: 0,
            declaration: entry.declaration
        });
    }

    // Bond

    /// @inheritdoc IDeviceRegistry
    function postBond(uint32 device) external {
        Device storage entry = _owned(device);
        _checkBond(device, entry.bondState, BondState.Missing);
        _checkInService(device, entry.lastDay);
        uint96 amount = bondAmount;

        entry.bondState = BondState.Posted;
        entry.bond = amount;
        ++entry.bondCount;
        emit BondPosted(device, _msgSender(), amount);
        points.safeTransferFrom(_msgSender(), address(this), amount);
    }

    /// @dev The caller's own device.
    function _owned(uint32 device) private view returns (Device storage entry) {
        entry = _existing(device);
        if (registry.idOf(_msgSender()) != entry.owner) {
            revert DeviceRegistry_NotOwner(device, entry.owner, _msgSender());
        }
    }

    function _checkBond(uint32 device, BondState state, BondState needed) private pure {
        if (state != needed) revert DeviceRegistry_WrongBondState(device, state, needed);
    }

    function _checkInService(uint32 device, uint32 lastDay) private pure {
        if (lastDay != IN_SERVICE) revert DeviceRegistry_AlreadyWithdrawn(device, lastDay);
    }

    // Withdrawal

    /// @inheritdoc IDeviceRegistry
    function withdraw(uint32 device) external {
        Device storage entry = _owned(device);
        _checkInService(device, entry.lastDay);
        uint32 lastDay = MarketTime.dayAt(block.timestamp, utcOffset);

        entry.lastDay = lastDay;
        emit DeviceWithdrawn(device, lastDay);
    }

    /// @inheritdoc IDeviceRegistry
    function returnBond(uint32 device) external {
        Device storage entry = _existing(device);
        _checkBond(device, entry.bondState, BondState.Posted);
        uint32 lastDay = entry.lastDay;
        if (lastDay == IN_SERVICE || block.timestamp < _bondFreeFrom(lastDay)) {
            revert DeviceRegistry_BondStillNeeded(device, lastDay, block.timestamp);
        }
        address account = registry.member(entry.owner).account;

        uint256 amount = _releaseBond(entry, BondState.Returned);
        emit BondReturned(device, account, amount);
        points.safeTransfer(account, amount);
    }

    function _bondFreeFrom(uint32 lastDay) private view returns (uint256) {
        return SheetWindows.finalFrom(lastDay, utcOffset) + COMPLAINT_PERIOD;
    }

    function _releaseBond(Device storage entry, BondState to) private returns (uint256 amount) {
        amount = entry.bond;
        entry.bond = 0;
        entry.bondState = to;
    }

    // Forfeiture

    /// @inheritdoc IDeviceRegistry
    function forfeitBond(
        uint32 device,
        address beneficiary,
        bytes32 reason,
        uint64 deadline,
        TwoPersonRule.CoSignature calldata second
    ) external restricted {
        Device storage entry = _existing(device);
        _checkBond(device, entry.bondState, BondState.Posted);
        if (reason == 0) revert DeviceRegistry_NoReason(device);
        if (block.timestamp > deadline) revert DeviceRegistry_Expired(deadline, block.timestamp);
        bytes32 digest = forfeitureDigest(device, beneficiary, reason, deadline);
        TwoPersonRule.requireBoth(authority(), Roles.REGULATOR, Roles.FREEZE_COSIGNER, digest, second);

        uint256 amount = _releaseBond(entry, BondState.Missing);
        emit BondForfeited(device, beneficiary, amount, reason, _msgSender(), second.signer);
        points.safeTransfer(beneficiary, amount);
    }

    // Administration

    /// @inheritdoc IDeviceRegistry
    function replaceMeterKey(
        uint32 device,
        address meterKey,
        uint64 deadline,
        bytes calldata consent
    ) external restricted {
        if (meterKey == address(0)) revert DeviceRegistry_BadMeterKey(device, meterKey);
        address account = registry.member(_existing(device).owner).account;
        MeterKeyConsent.requireGiven(account, meterKeyDigest(device, meterKey, deadline), deadline, consent);
        _setMeterKey(device, meterKey);
    }

    /// @inheritdoc IDeviceRegistry
    function revokeMeterKey(uint32 device) external restricted {
        _setMeterKey(device, address(0));
    }

    function _setMeterKey(uint32 device, address meterKey) private {
        address oldKey = _existing(device).meterKey;
        if (meterKey == oldKey) revert DeviceRegistry_BadMeterKey(device, meterKey);

        _devices[device].meterKey = meterKey;
        ++_devices[device].keyChanges;
        emit MeterKeyChanged(device, oldKey, meterKey);
    }

    /// @inheritdoc IDeviceRegistry
    function setBondAmount(uint96 amount) external restricted {
        _setBondAmount(amount);
    }

    function _setBondAmount(uint96 amount) private {
        if (amount == 0) revert DeviceRegistry_ZeroBond();
        bondAmount = amount;
        emit BondAmountSet(amount);
    }

    // Views

    /// @inheritdoc IDeviceRegistry
    function meterKeyDigest(uint32 device, address meterKey, uint64 deadline) public view returns (bytes32) {
        uint16 keyChanges = _devices[device].keyChanges;
        return _hashTypedDataV4(MeterKeyConsent.hashOf(meterIdOf(device), meterKey, keyChanges, deadline));
    }

    /// @inheritdoc IDeviceRegistry
    function forfeitureDigest(
        uint32 device,
        address beneficiary,
        bytes32 reason,
        uint64 deadline
    ) public view returns (bytes32) {
        uint32 bondCount = _devices[device].bondCount;
        return
            _hashTypedDataV4(
                keccak256(abi.encode(FORFEITURE_TYPE, device, beneficiary, reason, bondCount, deadline))
            );
    }
}
