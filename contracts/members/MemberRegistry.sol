// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IFreezeList} from "../../interfaces/members/IFreezeList.sol";
import {IMemberRegistry} from "../../interfaces/members/IMemberRegistry.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {MeterKeyConsent} from "./lib/MeterKeyConsent.sol";

/// @title Members of one market region and their settlement meters
contract MemberRegistry is AccessManaged, EIP712, IMemberRegistry {
    /// @dev Kept for ever, so that an account never serves a second member.
    struct Service {
        uint32 id;
        bool over;
    }

    uint256 public constant BATCH_CAP = 100;
    bytes32 private constant REGISTRATION_TYPE =
        keccak256(
            "Registration(address account,address meterKey,uint32 node,uint8 kind,uint32 group,uint32 importW,"
            "uint32 exportW,uint64 deadline)"
        );

    /// @inheritdoc IMemberRegistry
    IFreezeList public immutable freezeList;
    /// @inheritdoc IMemberRegistry
    int8 public immutable utcOffset; // [h]

    /// @inheritdoc IMemberRegistry
    uint32 public memberCount;
    mapping(uint32 id => Member) private _members;
    mapping(address account => Service) private _services;
    /// @inheritdoc IMemberRegistry
    mapping(uint32 id => address) public proposedAccount;

    constructor(
        address authority_,
        IFreezeList freezeList_,
        int8 utcOffset_
    ) AccessManaged(authority_) EIP712("Gridleaf MemberRegistry", "1") {
        freezeList = freezeList_;
        utcOffset = MarketTime.checkedOffset(utcOffset_);
    }

    // Registration

    /// @inheritdoc IMemberRegistry
    function register(
        Registration[] calldata registrations,
        bytes[] calldata acceptances
    ) external restricted returns (uint32 firstId) {
        uint256 size = registrations.length;
        if (size == 0 || size > BATCH_CAP || acceptances.length != size) {
            revert MemberRegistry_BatchSize(size, acceptances.length, BATCH_CAP);
        }
        firstId = memberCount + 1;
        memberCount += uint32(size);
        for (uint256 i; i < size; ++i) _register(firstId + uint32(i), registrations[i], acceptances[i]);
    }

    function _register(uint32 id, Registration calldata entry, bytes calldata acceptance) private {
        if (block.timestamp > entry.deadline) {
            revert MemberRegistry_Expired(entry.account, entry.deadline, block.timestamp);
        }
        _checkUnused(entry.account);
        _checkMeter(entry);
        bytes32 digest = acceptanceDigest(entry);
        if (!SignatureChecker.isValidSignatureNowCalldata(entry.account, digest, acceptance)) {
            revert MemberRegistry_BadAcceptance(entry.account, digest);
        }

        _services[entry.account] = Service({id: id, over: false});
        _members[id] = Member({
            account: entry.account,
            group: entry.group,
            kind: entry.kind,
            status: MemberStatus.Active,
            node: entry.node,
            keyChanges: 0,
            meterKey: entry.meterKey,
            importW: entry.importW,
            exportW: entry.exportW,
            firstDay: MarketTime.dayAt(block.timestamp, utcOffset)
        });
        emit MemberRegistered(
            id,
            entry.account,
            entry.node,
            entry.meterKey,
            entry.kind,
            entry.group,
            entry.importW,
            entry.exportW
        );
    }

    function _checkUnused(address account) private view {
        uint32 servedId = _services[account].id;
        if (servedId != 0) revert MemberRegistry_AccountTaken(account, servedId);
    }

    function _checkMeter(Registration calldata entry) private pure {
        uint32 cap = HourlyEnergy.LARGEST_NAMEPLATE;
        if (entry.importW > cap || entry.exportW > cap) {
            revert MemberRegistry_NameplateTooLarge(entry.account, entry.importW, entry.exportW, cap);
        }
        if (!_meterFits(entry.kind, entry.meterKey != address(0), entry.importW != 0, entry.exportW != 0)) {
            revert MemberRegistry_MeterMismatch(
                entry.account,
                entry.kind,
                entry.meterKey,
                entry.importW,
                entry.exportW
            );
        }
    }

    /// @dev A generator may also import for its own use.
    function _meterFits(MemberKind kind, bool hasKey, bool imports, bool exports) private pure returns (bool) {
        if (kind == MemberKind.Operator || kind == MemberKind.Provider) return !hasKey && !imports && !exports;
        if (kind == MemberKind.Generator) return hasKey && exports;
        if (kind == MemberKind.Consumer) return hasKey && imports && !exports;
        return hasKey && imports && exports;
    }

    // Account rotation

    /// @inheritdoc IMemberRegistry
    function proposeAccount(address account) external {
        uint32 id = idOf(_msgSender());
        _checkUnused(account);

        proposedAccount[id] = account;
        emit AccountProposed(id, account);
    }

    /// @inheritdoc IMemberRegistry
    function acceptAccount(uint32 id) external {
        address account = _msgSender();
        if (proposedAccount[id] != account) revert MemberRegistry_NotProposed(id, account);
        _checkUnused(account);
        address oldAccount = _members[id].account;
        freezeList.requireNotFrozen(oldAccount);

        delete proposedAccount[id];
        _services[oldAccount].over = true;
        _services[account].id = id;
        _members[id].account = account;
        emit AccountRotated(id, oldAccount, account);
    }

    // Suspension

    /// @inheritdoc IMemberRegistry
    function suspend(uint32 id, uint16 reason) external restricted {
        _changeStatus(id, MemberStatus.Active, MemberStatus.Suspended);
        emit MemberSuspended(id, reason);
    }

    /// @inheritdoc IMemberRegistry
    function liftSuspension(uint32 id, uint16 reason) external restricted {
        _changeStatus(id, MemberStatus.Suspended, MemberStatus.Active);
        emit SuspensionLifted(id, reason);
    }

    function _changeStatus(uint32 id, MemberStatus from, MemberStatus to) private {
        MemberStatus status = _existing(id).status;
        if (status != from) revert MemberRegistry_WrongStatus(id, status, from);
        _members[id].status = to;
    }

    // Exit

    /// @inheritdoc IMemberRegistry
    function exit() external {
        uint32 id = idOf(_msgSender());
        MemberStatus status = _members[id].status;
        if (status == MemberStatus.Exited) {
            revert MemberRegistry_WrongStatus(id, status, MemberStatus.Active);
        }
        _members[id].status = MemberStatus.Exited;
        emit MemberExited(id);
    }

    // Administration

    /// @inheritdoc IMemberRegistry
    function replaceMeterKey(
        uint32 id,
        address meterKey,
        uint64 deadline,
        bytes calldata consent
    ) external restricted {
        if (meterKey == address(0)) revert MemberRegistry_BadMeterKey(id, meterKey);
        bytes32 digest = meterKeyDigest(id, meterKey, deadline);
        MeterKeyConsent.requireGiven(_members[id].account, digest, deadline, consent);
        _setMeterKey(id, meterKey);
    }

    /// @inheritdoc IMemberRegistry
    function revokeMeterKey(uint32 id) external restricted {
        _setMeterKey(id, address(0));
    }

    function _setMeterKey(uint32 id, address meterKey) private {
        address oldKey = meterOf(id).key;
        if (meterKey == oldKey) revert MemberRegistry_BadMeterKey(id, meterKey);

        _members[id].meterKey = meterKey;
        ++_members[id].keyChanges;
        emit MeterKeyChanged(id, oldKey, meterKey);
    }

    /// @inheritdoc IMemberRegistry
    function assignGroup(uint32 id, uint32 group) external restricted {
        Member storage entry = _existing(id);
        uint32 oldGroup = entry.group;

        entry.group = group;
        emit GroupAssigned(id, oldGroup, group);
    }

    // Views

    /// @inheritdoc IMemberRegistry
    function acceptanceDigest(Registration calldata registration) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REGISTRATION_TYPE, registration)));
    }

    /// @inheritdoc IMemberRegistry
    function meterKeyDigest(uint32 id, address meterKey, uint64 deadline) public view returns (bytes32) {
        return _hashTypedDataV4(MeterKeyConsent.hashOf(id, meterKey, _existing(id).keyChanges, deadline));
    }

    /// @inheritdoc IMemberRegistry
    function member(uint32 id) external view returns (Member memory) {
        return _existing(id);
    }

    function _existing(uint32 id) private view returns (Member storage entry) {
        entry = _members[id];
        if (entry.status == MemberStatus.None) revert MemberRegistry_UnknownMember(id);
    }

    /// @inheritdoc IMemberRegistry
    function accountOf(uint32 id) external view returns (address account) {
        account = _members[id].account;
        if (account == address(0)) revert MemberRegistry_UnknownMember(id);
    }

    /// @inheritdoc IMemberRegistry
    function requireMayTrade(uint32 id) external view returns (Member memory entry) {
        entry = _existing(id);
        _checkMayTrade(id, entry.status, entry.account);
    }

    function _checkMayTrade(uint32 id, MemberStatus status, address account) private view {
        if (status != MemberStatus.Active) revert MemberRegistry_WrongStatus(id, status, MemberStatus.Active);
        freezeList.requireNotFrozen(account);
    }

    /// @inheritdoc IMemberRegistry
    function traderOf(
        uint32 id,
        bool selling
    ) external view returns (address account, MemberKind kind, uint32 group, uint32 nameplateW) {
        Member storage entry = _members[id];
        MemberStatus status;
        (account, kind, group, status) = (entry.account, entry.kind, entry.group, entry.status);
        if (status == MemberStatus.None) revert MemberRegistry_UnknownMember(id);
        _checkMayTrade(id, status, account);
        nameplateW = selling ? entry.exportW : entry.importW;
    }

    /// @inheritdoc IMemberRegistry
    function idOf(address account) public view returns (uint32 id) {
        Service memory service = _services[account];
        if (service.id == 0 || service.over) revert MemberRegistry_UnknownAccount(account);
        return service.id;
    }

    /// @dev Reads the meter's word alone. A meter has a capacity, whether or not its key was revoked.
    function meterOf(uint32 id) public view returns (Meter memory meter) {
        Member storage entry = _members[id];
        meter = Meter({
            key: entry.meterKey,
            importW: entry.importW,
            exportW: entry.exportW,
            firstDay: entry.firstDay,
            lastDay: type(uint32).max
        });
        if (meter.importW == 0 && meter.exportW == 0) revert MemberRegistry_NoMeter(id);
    }
}
