// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFreezeList} from "./IFreezeList.sol";
import {IMeters} from "./IMeters.sol";

/// @title Members of one market region and their settlement meters
/// @notice Numeric ids only: names and addresses of people stay in the operator's database.
interface IMemberRegistry is IMeters {
    enum MemberKind {
        Generator,
        Consumer,
        Prosumer,
        GridCompany,
        Operator,
        Provider
    }

    enum MemberStatus {
        None,
        Active,
        Suspended, // by the operator: no entry until it is lifted
        Exited // by the member, for good: no entry; settlement and withdrawal go on
    }

    /// @notice What the operator states about a new member, and what the member signs (EIP-712).
    struct Registration {
        address account; // holds points and certificates, signs agreements
        address meterKey; // signs the day sheets of the settlement meter
        uint32 node; // node of the grid
        MemberKind kind;
        uint32 group; // of one beneficial owner; 0 = nobody else's
        uint32 importW; // capacity of the connection [W]
        uint32 exportW; // capacity of the connection [W]
        uint64 deadline; // last time at which it can be registered [s]
    }

    /// @notice A member as it is stored: two words, the second one being its meter's. A settlement meter has no last
    /// day: what a member agreed before its exit is still delivered and settled, which without sheets would hold the
    /// margin of its partners for ever.
    struct Member {
        address account;
        uint32 group;
        MemberKind kind;
        MemberStatus status;
        uint32 node;
        uint16 keyChanges; // of the meter, so far
        address meterKey; // zero once revoked
        uint32 importW; // [W]
        uint32 exportW; // [W]
        uint32 firstDay; // market day of the registration, the meter's first one
    }

    /// @notice A batch holds at least one and at most `cap` registrations, and one acceptance for each.
    error MemberRegistry_BatchSize(uint256 size, uint256 acceptances, uint256 cap);
    /// @notice The acceptance was given until this time.
    error MemberRegistry_Expired(address account, uint64 deadline, uint256 time);
    /// @notice An account serves one member, for ever: this one serves or served member `id`.
    error MemberRegistry_AccountTaken(address account, uint32 id);
    /// @notice Generators export, consumers only import, prosumers and the grid company do both, each through a meter
    /// with a key; operators and providers have no meter.
    error MemberRegistry_MeterMismatch(
        address account,
        MemberKind kind,
        address meterKey,
        uint32 importW,
        uint32 exportW
    );
    /// @notice Above this capacity the difference of two hourly energies would not fit 32 bits.
    error MemberRegistry_NameplateTooLarge(address account, uint32 importW, uint32 exportW, uint32 cap);
    /// @notice The acceptance is not signed by the new member's account.
    error MemberRegistry_BadAcceptance(address account, bytes32 digest);
    /// @notice There is no member with this id.
    error MemberRegistry_UnknownMember(uint32 id);
    /// @notice The account serves no member, or no longer.
    error MemberRegistry_UnknownAccount(address account);
    /// @notice The account was not proposed by the member.
    error MemberRegistry_NotProposed(uint32 id, address account);
    /// @notice This is for members in another status.
    error MemberRegistry_WrongStatus(uint32 id, MemberStatus status, MemberStatus needed);
    /// @notice The member has no settlement meter.
    error MemberRegistry_NoMeter(uint32 id);
    /// @notice A meter key is replaced by another one; revocation has its own function.
    error MemberRegistry_BadMeterKey(uint32 id, address meterKey);

    event MemberRegistered(
        uint32 indexed id,
        address indexed account,
        uint32 indexed node,
        address meterKey,
        MemberKind kind,
        uint32 group,
        uint32 importW, // [W]
        uint32 exportW // [W]
    );
    event AccountProposed(uint32 indexed id, address indexed account); // zero: the proposal is withdrawn
    event AccountRotated(uint32 indexed id, address indexed oldAccount, address indexed newAccount);
    event MemberSuspended(uint32 indexed id, uint16 reason);
    event SuspensionLifted(uint32 indexed id, uint16 reason);
    event MemberExited(uint32 indexed id);
    event MeterKeyChanged(uint32 indexed id, address indexed oldKey, address indexed newKey); // new zero: revoked
    event GroupAssigned(uint32 indexed id, uint32 indexed oldGroup, uint32 indexed newGroup);

    /// @notice Registers a batch (at most 100), each with its member's signature; ids follow each other in the order of
    /// the batch.
    /// @return firstId id of the first registration
    function register(
        Registration[] calldata registrations,
        bytes[] calldata acceptances
    ) external returns (uint32 firstId);

    /// @notice The EIP-712 digest that a new member signs.
    function acceptanceDigest(Registration calldata registration) external view returns (bytes32);

    /// @notice Proposes the account that the caller's member shall have from now on; zero withdraws the proposal.
    function proposeAccount(address account) external;

    /// @notice Takes over a member: by the proposed account, while the present one is not frozen. The old account
    /// stops at once.
    function acceptAccount(uint32 id) external;

    /// @notice Stops an active member's entry, with a reason code.
    function suspend(uint32 id, uint16 reason) external;

    /// @notice Lets a suspended member in again, with a reason code.
    function liftSuspension(uint32 id, uint16 reason) external;

    /// @notice Ends the caller's membership: no entry from now on. Settlement and withdrawal go on.
    function exit() external;

    /// @notice Gives a settlement meter another key, with the signature of its member's account. Sheets that the old
    /// key signed are refused from now on.
    function replaceMeterKey(
        uint32 id,
        address meterKey,
        uint64 deadline, // of the consent [s]
        bytes calldata consent
    ) external;

    /// @notice The EIP-712 digest that a member signs to consent to its meter's next key.
    function meterKeyDigest(uint32 id, address meterKey, uint64 deadline) external view returns (bytes32); // [s]

    /// @notice Refuses every further sheet of a settlement meter until it gets another key.
    function revokeMeterKey(uint32 id) external;

    /// @notice Says to which beneficial owner a member belongs; 0 = nobody else's.
    function assignGroup(uint32 id, uint32 group) external;

    /// @notice Where frozen accounts are listed.
    function freezeList() external view returns (IFreezeList);

    /// @notice Hours that the region's local time is ahead of UTC [h], fixed, no daylight saving.
    function utcOffset() external view returns (int8);

    /// @notice Number of members, which is also the highest id.
    function memberCount() external view returns (uint32 count);

    /// @notice The member with this id; reverts when there is none.
    function member(uint32 id) external view returns (Member memory);

    /// @notice The account that serves a member; reverts when there is no such member.
    function accountOf(uint32 id) external view returns (address account);

    /// @notice The member with this id; reverts unless it is active and its account is not frozen.
    function requireMayTrade(uint32 id) external view returns (Member memory);

    /// @notice What an agreement needs to know of a party, with the capacity of the register that it uses [W]; reverts
    /// as `requireMayTrade` does.
    function traderOf(
        uint32 id,
        bool selling
    ) external view returns (address account, MemberKind kind, uint32 group, uint32 nameplateW);

    /// @notice The id of the member that `account` serves; reverts when there is none.
    function idOf(address account) external view returns (uint32 id);

    /// @notice The account that a member has proposed; zero without a proposal.
    function proposedAccount(uint32 id) external view returns (address account);
}
