// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {TwoPersonRule} from "../../contracts/libraries/TwoPersonRule.sol";
import {IMemberRegistry} from "./IMemberRegistry.sol";
import {IMeters} from "./IMeters.sol";

/// @title Production devices of one market region, their meters and their bonds
/// @notice The operator records a device, its owner posts the bond. The meter counts from the record on; certificates
/// need the bond.
interface IDeviceRegistry is IMeters {
    enum BondState {
        Missing,
        Posted,
        Returned // the device is withdrawn, its last day final for seven days
    }

    /// @notice What the operator states about a device.
    struct Registration {
        uint32 owner; // member
        address meterKey; // signs the day sheets of the device's meter
        uint32 capacityW; // [W]
        uint32 commissioningDay; // first market day in service, not before the record
        uint8 carrier; // energy carrier code
        uint16 technology; // technology code
        uint32 gridArea; // code of the grid area
        uint16 support; // public support code, 0 = none
        bytes32 declaration; // hash of the owner's declaration that it issues nowhere else
    }

    /// @notice A device as it is stored: three words, the first one being its meter's.
    struct Device {
        address meterKey; // zero once revoked
        uint32 capacityW; // [W]
        uint32 commissioningDay;
        uint32 lastDay; // last market day in service, 2^32 - 1 until the device is withdrawn
        uint32 owner; // member
        uint8 carrier;
        uint16 technology;
        uint32 gridArea;
        uint16 support;
        BondState bondState;
        uint32 bondCount; // bonds posted so far
        uint96 bond; // held for this device [point-wei]
        uint16 keyChanges; // of the meter, so far
        bytes32 declaration;
    }

    /// @notice A batch holds at least one and at most `cap` devices.
    error DeviceRegistry_BatchSize(uint256 size, uint256 cap);
    /// @notice Devices belong to generators, prosumers and the grid company.
    error DeviceRegistry_OwnerCannotProduce(uint32 owner, IMemberRegistry.MemberKind kind);
    /// @notice A device has a meter key, a carrier, a declaration and a capacity of 1 to `cap` W.
    error DeviceRegistry_Incomplete(uint256 index, uint32 capacityW, uint32 cap);
    /// @notice A meter counts from its record on, not for days before it.
    error DeviceRegistry_CommissionedBefore(uint256 index, uint32 commissioningDay, uint32 today);
    /// @notice There is no such device.
    error DeviceRegistry_UnknownDevice(uint32 device);
    /// @notice The ids of device meters start at `firstMeter`.
    error DeviceRegistry_NotADeviceMeter(uint32 meter, uint32 firstMeter);
    /// @notice This is for the device's owner.
    error DeviceRegistry_NotOwner(uint32 device, uint32 owner, address caller);
    /// @notice This is for devices whose bond is in another state.
    error DeviceRegistry_WrongBondState(uint32 device, BondState state, BondState needed);
    /// @notice A device is withdrawn once, and needs no bond from then on.
    error DeviceRegistry_AlreadyWithdrawn(uint32 device, uint32 lastDay);
    /// @notice The bond stays until seven days after the last day of a withdrawn device is final.
    error DeviceRegistry_BondStillNeeded(uint32 device, uint32 lastDay, uint256 time);
    /// @notice The second person's signature was given until this time.
    error DeviceRegistry_Expired(uint64 deadline, uint256 time);
    /// @notice A forfeiture states its reason.
    error DeviceRegistry_NoReason(uint32 device);
    /// @notice A meter key is replaced by another one; revocation has its own function.
    error DeviceRegistry_BadMeterKey(uint32 device, address meterKey);
    /// @notice A bond is something to lose.
    error DeviceRegistry_ZeroBond();

    event DeviceRegistered(
        uint32 indexed device,
        uint32 indexed owner,
        address meterKey,
        uint32 capacityW, // [W]
        uint32 commissioningDay,
        uint8 carrier,
        uint16 technology,
        uint32 gridArea,
        uint16 support,
        bytes32 declaration
    );
    event BondPosted(uint32 indexed device, address indexed from, uint256 amount); // [point-wei]
    event DeviceWithdrawn(uint32 indexed device, uint32 lastDay);
    event BondReturned(uint32 indexed device, address indexed to, uint256 amount); // [point-wei]
    event BondForfeited(
        uint32 indexed device,
        address indexed beneficiary,
        uint256 amount, // [point-wei]
        bytes32 reason,
        address regulator,
        address coSigner
    );
    event MeterKeyChanged(uint32 indexed device, address indexed oldKey, address indexed newKey); // new zero: revoked
    event BondAmountSet(uint96 amount); // [point-wei]

    /// @notice Records a batch of devices (at most 100) of members that may trade; numbers follow each other in the
    /// order of the batch.
    /// @return firstDevice number of the first one
    function register(Registration[] calldata registrations) external returns (uint32 firstDevice);

    /// @notice Posts the bond of the caller's own device, by allowance.
    function postBond(uint32 device) external;

    /// @notice Takes the caller's own device out of service at the end of the present market day.
    function withdraw(uint32 device) external;

    /// @notice Returns the bond of a withdrawn device to its owner seven days after its last day is final: what that
    /// day's certificates show can still cost it. Anybody may call.
    function returnBond(uint32 device) external;

    /// @notice Forfeits a device's bond, by two persons of the regulator.
    /// @param beneficiary who gets it
    /// @param reason hash of the decision, which stays with the regulator
    /// @param deadline of the second person's signature [s]
    function forfeitBond(
        uint32 device,
        address beneficiary,
        bytes32 reason,
        uint64 deadline,
        TwoPersonRule.CoSignature calldata second
    ) external;

    /// @notice The EIP-712 digest that the second person signs to forfeit the present bond.
    function forfeitureDigest(
        uint32 device,
        address beneficiary,
        bytes32 reason,
        uint64 deadline // [s]
    ) external view returns (bytes32);

    /// @notice Gives a device's meter another key, with the signature of its owner's account. Sheets that the old key
    /// signed are refused from now on.
    function replaceMeterKey(
        uint32 device,
        address meterKey,
        uint64 deadline, // of the consent [s]
        bytes calldata consent
    ) external;

    /// @notice The EIP-712 digest that an owner signs to consent to the next key of its device's meter.
    function meterKeyDigest(uint32 device, address meterKey, uint64 deadline) external view returns (bytes32); // [s]

    /// @notice Refuses every further sheet of a device's meter until it gets another key.
    function revokeMeterKey(uint32 device) external;

    /// @notice Sets the amount of the bonds that are posted from now on.
    function setBondAmount(uint96 amount) external; // [point-wei]

    /// @notice The members.
    function registry() external view returns (IMemberRegistry);

    /// @notice The points that bonds are posted in.
    function points() external view returns (IERC20);

    /// @notice Hours that the region's local time is ahead of UTC [h], fixed, no daylight saving.
    function utcOffset() external view returns (int8);

    /// @notice What a bond posted now would be [point-wei].
    function bondAmount() external view returns (uint96 amount);

    /// @notice Number of devices, which is also the highest number.
    function deviceCount() external view returns (uint32 count);

    /// @notice The device with this number; reverts when there is none.
    function deviceOf(uint32 device) external view returns (Device memory);

    /// @notice The owner and the carrier of a device; reverts while the bond is missing.
    function requireMayIssue(uint32 device) external view returns (uint32 owner, uint8 carrier);

    /// @notice The id of a device's meter.
    function meterIdOf(uint32 device) external pure returns (uint32 meter);
}
