// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Members of one market region
/// @notice Numeric ids only: names and addresses of people stay in the operator's database.
interface IMemberRegistry {
    enum MemberKind {
        Generator,
        Consumer,
        Prosumer,
        GridCompany
    }

    /// @notice What the operator states about a new member.
    struct Registration {
        address account; // holds points, certificates and signs agreements
        address meterKey; // signs the member's day sheets
        uint32 node; // node of the grid
        MemberKind kind;
        uint8 carrier; // energy carrier code, 0 = none
        uint64 nameplateW; // connection or unit capacity [W]
    }

    /// @notice A member as it is stored: two words.
    struct Member {
        address account;
        uint64 nameplateW; // [W]
        uint32 node;
        address meterKey;
        MemberKind kind;
        uint8 carrier;
    }

    /// @notice A batch holds at least one and at most `cap` registrations.
    error MemberRegistry_BatchSize(uint256 size, uint256 cap);
    /// @notice The registration at `index` names no account.
    error MemberRegistry_ZeroAccount(uint256 index);
    /// @notice One account is one member: this one is already member `id`.
    error MemberRegistry_AccountTaken(address account, uint32 id);
    /// @notice A member without a meter key could never deliver a sheet.
    error MemberRegistry_ZeroMeterKey(address account);
    /// @notice A member without capacity could never deliver energy.
    error MemberRegistry_ZeroNameplate(address account);
    /// @notice Generators and prosumers name their carrier, consumers name none.
    error MemberRegistry_CarrierMismatch(address account, MemberKind kind, uint8 carrier);
    /// @notice Ids run from 1 to `count`.
    error MemberRegistry_UnknownMember(uint32 id, uint32 count);
    /// @notice The account belongs to no member.
    error MemberRegistry_UnknownAccount(address account);

    event MemberRegistered(
        uint32 indexed id,
        address indexed account,
        uint32 indexed node,
        address meterKey,
        MemberKind kind,
        uint8 carrier,
        uint64 nameplateW // [W]
    );

    /// @notice Registers a batch (at most 100); ids follow each other in the order of the batch.
    /// @return firstId id of the first registration
    function register(Registration[] calldata registrations) external returns (uint32 firstId);

    /// @notice Number of members, which is also the highest id.
    function memberCount() external view returns (uint32 count);

    /// @notice The member with this id; reverts when there is none.
    function member(uint32 id) external view returns (Member memory);

    /// @notice The id of the member that owns `account`; reverts when there is none.
    function idOf(address account) external view returns (uint32 id);
}
