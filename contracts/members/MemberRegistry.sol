// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";

/// @title Members of one market region
contract MemberRegistry is AccessManaged, IMemberRegistry {
    uint256 public constant BATCH_CAP = 100;

    /// @inheritdoc IMemberRegistry
    uint32 public memberCount;

    mapping(uint32 id => Member) private _members;
    mapping(address account => uint32 id) private _ids;

    constructor(address authority_) AccessManaged(authority_) {}

    // Registration

    /// @inheritdoc IMemberRegistry
    function register(Registration[] calldata registrations) external restricted returns (uint32 firstId) {
        uint256 size = registrations.length;
        if (size == 0 || size > BATCH_CAP) revert MemberRegistry_BatchSize(size, BATCH_CAP);

        firstId = memberCount + 1;
        memberCount += uint32(size);
        for (uint256 i; i < size; ++i) _register(firstId + uint32(i), registrations[i], i);
    }

    function _register(uint32 id, Registration calldata entry, uint256 index) private {
        if (entry.account == address(0)) revert MemberRegistry_ZeroAccount(index);
        if (_ids[entry.account] != 0) revert MemberRegistry_AccountTaken(entry.account, _ids[entry.account]);
        if (entry.meterKey == address(0)) revert MemberRegistry_ZeroMeterKey(entry.account);
        if (entry.nameplateW == 0) revert MemberRegistry_ZeroNameplate(entry.account);
        if (!_carrierFits(entry.kind, entry.carrier)) {
            revert MemberRegistry_CarrierMismatch(entry.account, entry.kind, entry.carrier);
        }

        _ids[entry.account] = id;
        _members[id] = Member({
            account: entry.account,
            nameplateW: entry.nameplateW,
            node: entry.node,
            meterKey: entry.meterKey,
            kind: entry.kind,
            carrier: entry.carrier
        });
        emit MemberRegistered(
            id,
            entry.account,
            entry.node,
            entry.meterKey,
            entry.kind,
            entry.carrier,
            entry.nameplateW
        );
    }

    /// @dev The grid company may name the mix that it brings in from outside.
    function _carrierFits(MemberKind kind, uint8 carrier) private pure returns (bool) {
        if (kind == MemberKind.GridCompany) return true;
        return (kind == MemberKind.Consumer) == (carrier == 0);
    }

    // Views

    /// @inheritdoc IMemberRegistry
    function member(uint32 id) external view returns (Member memory) {
        if (id == 0 || id > memberCount) revert MemberRegistry_UnknownMember(id, memberCount);
        return _members[id];
    }

    /// @inheritdoc IMemberRegistry
    function idOf(address account) external view returns (uint32 id) {
        id = _ids[account];
        if (id == 0) revert MemberRegistry_UnknownAccount(account);
    }
}
