// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBilateralMarket} from "../../interfaces/market/IBilateralMarket.sol";
import {IDeviceRegistry} from "../../interfaces/members/IDeviceRegistry.sol";
import {IFreezeList} from "../../interfaces/members/IFreezeList.sol";
import {IGreenCertificate} from "../../interfaces/certificates/IGreenCertificate.sol";
import {IMemberRegistry} from "../../interfaces/members/IMemberRegistry.sol";
import {IPowerPoint} from "../../interfaces/points/IPowerPoint.sol";
import {IRewardPool} from "../../interfaces/rewards/IRewardPool.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {TwoPersonRule} from "../libraries/TwoPersonRule.sol";
import {RewardBuckets} from "./parts/RewardBuckets.sol";

/// @title Rewards in bill credit, paid from points that are there beforehand
contract RewardPool is RewardBuckets, AccessManaged {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct DayGrant {
        uint128 amount; // [point-wei]
        uint128 compute; // thereof cause Compute [point-wei]
    }

    uint256 public constant WELCOME_PERIOD = 90 days; // [s]
    uint256 public constant WELCOME_WH = 50_000; // earn the whole welcome grant [Wh]
    uint32 public constant RIPENING = 3; // days after a reward's market day until it can be spent

    IDeviceRegistry public immutable devices;
    IGreenCertificate public immutable certificates;
    IBilateralMarket public immutable market;
    IERC20 public immutable points;
    IMemberRegistry public immutable registry;
    IFreezeList public immutable freezes;
    int8 public immutable utcOffset; // [h]

    /// @inheritdoc IRewardPool
    mapping(uint256 year => uint256 amount) public grantedIn; // [point-wei]
    /// @inheritdoc IRewardPool
    mapping(bytes32 organisation => bool) public welcomeUsed;
    /// @inheritdoc IRewardPool
    mapping(uint32 member => bool) public welcomeUsedByMember;
    /// @inheritdoc IRewardPool
    mapping(uint32 group => bool) public welcomeUsedByGroup;

    Parameters private _parameters;
    mapping(uint32 member => mapping(uint32 day => DayGrant)) private _granted;
    mapping(uint32 device => Welcome) private _welcomes;

    constructor(
        address authority_,
        IDeviceRegistry devices_,
        IGreenCertificate certificates_,
        IBilateralMarket market_,
        Parameters memory parameters_
    ) AccessManaged(authority_) {
        devices = devices_;
        certificates = certificates_;
        market = market_;
        points = devices_.points();
        registry = devices_.registry();
        freezes = registry.freezeList();
        utcOffset = devices_.utcOffset();
        _setParameters(parameters_);
    }

    // Welcome grant

    /// @inheritdoc IRewardPool
    function openWelcome(uint32 device, bytes32 organisation) external restricted {
        IDeviceRegistry.Device memory opened = devices.deviceOf(device);
        uint32 group = registry.requireMayTrade(opened.owner).group;
        if (organisation == 0) revert RewardPool_ZeroOrganisation();
        if (opened.meterKey == address(0)) revert RewardPool_NoMeterKey(device);
        if (welcomeUsed[organisation] || welcomeUsedByMember[opened.owner] || welcomeUsedByGroup[group]) {
            revert RewardPool_WelcomeUsed(device, opened.owner, group, organisation);
        }
        uint256 certifiedWh = certificates.certifiedOf(device);
        uint256 endsAt = block.timestamp + WELCOME_PERIOD;

        welcomeUsed[organisation] = true;
        welcomeUsedByMember[opened.owner] = true;
        if (group != 0) welcomeUsedByGroup[group] = true;
        _welcomes[device] = Welcome({
            member: opened.owner,
            endsAt: uint40(endsAt),
            baselineWh: certifiedWh.toUint64(),
            paid: 0
        });
        emit WelcomeOpened(device, opened.owner, organisation, opened.meterKey, certifiedWh, endsAt);
    }

    /// @inheritdoc IRewardPool
    function claimWelcome(uint32 device) external returns (uint256 granted) {
        freezes.requireNotFrozen(_msgSender());
        uint32 member = registry.idOf(_msgSender());
        Welcome memory welcome = _welcomes[device];
        if (welcome.member != member) revert RewardPool_NoWelcome(device, member);
        if (block.timestamp > welcome.endsAt) {
            revert RewardPool_WelcomeOver(device, welcome.endsAt, block.timestamp);
        }
        uint256 certifiedWh = certificates.certifiedOf(device);
        uint256 vestedWh = Math.min(Math.saturatingSub(certifiedWh, welcome.baselineWh), WELCOME_WH);
        uint256 vested = (_parameters.welcome * vestedWh) / WELCOME_WH;
        uint256 due = Math.saturatingSub(vested, welcome.paid);

        granted = _grant(member, Math.min(due, headroom()), Cause.Welcome);
        if (granted == 0) revert RewardPool_NothingVested(device, certifiedWh);
        _welcomes[device].paid += uint120(granted);
        emit WelcomeClaimed(device, member, granted);
    }

    // Reward

    /// @inheritdoc IRewardPool
    function reward(
        uint32 member,
        uint256 amount,
        Cause cause
    ) external restricted returns (uint256 granted) {
        if (cause == Cause.Welcome) revert RewardPool_WelcomeByGrantOnly();
        if (amount == 0) revert RewardPool_ZeroAmount();
        registry.member(member);
        return _grant(member, amount, cause);
    }

    /// @dev Credits what the caps of the member-day leave of an amount.
    function _grant(uint32 member, uint256 asked, Cause cause) private returns (uint256 granted) {
        uint32 day = _today();
        DayGrant storage sums = _granted[member][day];
        granted = Math.min(asked, Math.saturatingSub(_parameters.memberDayCap, sums.amount));
        if (cause == Cause.Compute) {
            granted = Math.min(granted, Math.saturatingSub(_parameters.computeDayCap, sums.compute));
        }
        _checkHeadroom(day, granted);
        if (granted == 0) return 0;

        sums.amount += granted.toUint128();
        if (cause == Cause.Compute) sums.compute += granted.toUint128();
        grantedIn[MarketTime.yearOf(day)] += granted;
        _add(member, MarketTime.monthOf(day), granted);
        emit Rewarded(member, cause, day, asked, granted);
    }

    function _checkHeadroom(uint32 day, uint256 amount) private view {
        uint256 left = _budgetLeft(day);
        if (amount > left) revert RewardPool_AboveBudget(MarketTime.yearOf(day), left, amount);
        uint256 free = freeFunds();
        if (amount > free) revert RewardPool_AboveFunds(free, amount);
    }

    // Bills

    /// @inheritdoc IRewardPool
    function payBill(
        IPowerPoint.Bill calldata bill,
        TwoPersonRule.CoSignature calldata utility,
        uint256 credit
    ) external {
        freezes.requireNotFrozen(_msgSender());
        if (bill.payer != _msgSender()) revert RewardPool_NotPayer(bill.payer, _msgSender());
        if (credit == 0 || credit > bill.amount) revert RewardPool_BadShare(credit, bill.amount);
        uint32 member = registry.idOf(_msgSender());
        uint256 available = availableOf(member);
        if (credit > available) revert RewardPool_AboveCredit(member, available, credit);

        _take(member, MarketTime.monthOf(_today()), credit);
        emit CreditSpent(member, bill.billId, credit);
        if (credit < bill.amount) {
            points.safeTransferFrom(_msgSender(), address(this), bill.amount - credit);
        }
        IPowerPoint(address(points)).payBill(bill, utility);
    }

    // Expiry

    /// @inheritdoc IRewardPool
    function expire(uint32 member) external returns (uint256 expired) {
        return _expire(member, MarketTime.monthOf(_today()));
    }

    // Administration

    /// @inheritdoc IRewardPool
    function release(address to, uint256 amount) external restricted {
        uint256 free = freeFunds();
        if (amount > free) revert RewardPool_AboveFunds(free, amount);
        emit PointsReleased(to, amount);
        points.safeTransfer(to, amount);
    }

    /// @inheritdoc IRewardPool
    function setParameters(Parameters calldata parameters_) external restricted {
        _setParameters(parameters_);
    }

    /// @dev Whoever trades with himself pays the fees and may not get more than them back.
    function _setParameters(Parameters memory parameters_) private {
        uint256 rates = uint256(parameters_.soldRate) + parameters_.boughtRate + parameters_.usedRate;
        uint256 fees = feesPerKwh();
        if (rates > fees) revert RewardPool_Arbitrage(rates, fees);
        _parameters = parameters_;
        emit ParametersSet(parameters_);
    }

    // Views

    /// @inheritdoc IRewardPool
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    /// @inheritdoc IRewardPool
    function feesPerKwh() public view returns (uint256 fees) {
        return market.tariffs().gridFee;
    }

    /// @inheritdoc IRewardPool
    function headroom() public view returns (uint256 amount) {
        return Math.min(_budgetLeft(_today()), freeFunds());
    }

    /// @inheritdoc IRewardPool
    function freeFunds() public view returns (uint256 amount) {
        return points.balanceOf(address(this)) - outstanding;
    }

    /// @inheritdoc IRewardPool
    function availableOf(uint32 member) public view returns (uint256 credit) {
        uint32 today = _today();
        credit = _liveOf(member, MarketTime.monthOf(today));
        for (uint32 day = today - RIPENING; day <= today; ++day) credit -= _granted[member][day].amount;
    }

    /// @inheritdoc IRewardPool
    function grantedOn(uint32 member, uint32 day) external view returns (uint256 amount, uint256 compute) {
        return (_granted[member][day].amount, _granted[member][day].compute);
    }

    /// @inheritdoc IRewardPool
    function welcomeOf(uint32 device) external view returns (Welcome memory) {
        return _welcomes[device];
    }

    function _budgetLeft(uint32 day) private view returns (uint256 left) {
        return Math.saturatingSub(_parameters.yearlyBudget, grantedIn[MarketTime.yearOf(day)]);
    }

    function _today() private view returns (uint32 day) {
        return MarketTime.dayAt(block.timestamp, utcOffset);
    }
}
