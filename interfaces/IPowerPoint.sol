// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Power points: bill credit backed one to one by an escrow account
/// @notice 1 point = 1 yuan = 1e18 point-wei. An ERC-20 token with permit (ERC-2612); supply = escrow at every block.
interface IPowerPoint {
    /// @notice Nothing to mint or burn.
    error PowerPoint_ZeroAmount();
    /// @notice Every mint and burn names its bank movement.
    error PowerPoint_ZeroReference();
    /// @notice A bank reference backs one mint only.
    error PowerPoint_ReferenceUsed(bytes32 bankReference);

    event PointsMinted(address indexed to, uint256 amount, bytes32 indexed bankReference); // amount [point-wei]
    event PointsBurned(address indexed holder, uint256 amount, bytes32 indexed withdrawalReference); // [point-wei]

    /// @notice Mints against a deposit into escrow; each bank reference is used once.
    function mint(address to, uint256 amount, bytes32 bankReference) external; // amount [point-wei]

    /// @notice Burns the caller's points against a withdrawal from escrow.
    function burn(uint256 amount, bytes32 withdrawalReference) external; // amount [point-wei]

    /// @notice Whether a bank reference has backed a mint.
    function referenceUsed(bytes32 bankReference) external view returns (bool);

    /// @notice All deposits so far and all withdrawals so far [point-wei]; their difference is the supply.
    function escrow() external view returns (uint256 deposited, uint256 withdrawn);
}
