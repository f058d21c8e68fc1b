// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBilateralMarket} from "../../../interfaces/market/IBilateralMarket.sol";
import {AccountWord} from "../types/Accounts.sol";
import {AgreementWord} from "../types/Agreements.sol";
import {DayWord} from "../types/Days.sol";
import {PartyWord} from "../types/Parties.sol";
import {HourlyEnergy} from "../../libraries/HourlyEnergy.sol";
import {Penalties} from "../lib/Penalties.sol";
import {Settlement} from "../lib/Settlement.sol";
import {MemberCredit} from "./MemberCredit.sol";

/// @title Agreements of a market: who may make them, what they reserve, how much is contracted
abstract contract AgreementBook is MemberCredit {
    /// @inheritdoc IBilateralMarket
    int8 public immutable utcOffset; // [h]
    /// @inheritdoc IBilateralMarket
    Rulebook public immutable rulebook;
    uint256 internal immutable FEED_IN_TICKS;
    uint256 internal immutable PURCHASE_TICKS;
    uint256 internal immutable GRID_FEE_TICKS;

    mapping(uint256 memberDayRoleAndWord => uint256) internal _contracted; // 8 x uint32 [Wh]
    mapping(uint32 member => mapping(uint32 day => bool)) private _hasAgreement; // rulebook `Paper` only

    constructor(int8 utcOffset_, Tariffs memory tariffs_, Rulebook rulebook_) {
        if (tariffs_.feedIn + tariffs_.gridFee > tariffs_.purchase) {
            revert BilateralMarket_NoPriceRoom(tariffs_.feedIn, tariffs_.purchase, tariffs_.gridFee);
        }
        utcOffset = utcOffset_;
        rulebook = rulebook_;
        FEED_IN_TICKS = Settlement.toTicks(tariffs_.feedIn);
        PURCHASE_TICKS = Settlement.toTicks(tariffs_.purchase);
        GRID_FEE_TICKS = Settlement.toTicks(tariffs_.gridFee);
    }

    // Entry

    /// @inheritdoc IBilateralMarket
    function enter(
        uint32 day,
        AgreementWord agreement,
        PartyWord seller,
        PartyWord buyer
    ) external whenNotPaused {
        _checkAdmitted(Admission.Offers);
        _checkGridAccount();
        (uint256 sellerMargin, uint256 buyerMargin) = Penalties.marginsOf(
            agreement.wh(),
            agreement.ticks(),
            _rules()
        );

        _reserve(agreement.seller(), seller, sellerMargin);
        _reserve(agreement.buyer(), buyer, buyerMargin);
        _addContracted(agreement, day, seller.nameplateW(), true);
        _addContracted(agreement, day, buyer.nameplateW(), false);
        DayWord dayWord = _days[day];
        _days[day] = dayWord.withAgreement(agreement.related() ? 0 : agreement.wh());
        uint256 id = _key(day, dayWord.agreements());
        _agreements[id] = agreement;
        emit AgreementRegistered(id, agreement.seller(), agreement.buyer(), agreement, seller.nonce(), buyer.nonce());
    }

    function _checkGridAccount() private view {
        if (gridLow) revert BilateralMarket_GridAccountLow(_fundsOf(_gridBook()), gridFloor);
    }

    /// @dev Moves a member's free part into reserve and notes its owner group.
    function _reserve(uint32 member, PartyWord party, uint256 margin) private {
        AccountWord account = _accounts[member];
        if (party.nonce() < account.firstNonce()) revert BilateralMarket_NonceVoid(member, party.nonce());
        int256 free = account.free();
        if (free < 0) revert BilateralMarket_Indebted(member, uint256(-free));
        if (uint256(free) < margin) revert BilateralMarket_MarginTooSmall(member, free, margin);
        _accounts[member] = account.withReserve(margin, party.group());
    }

    /// @dev Raises a member's contracted sums, hour by hour, up to its nameplate [W].
    function _addContracted(
        AgreementWord agreement,
        uint32 day,
        uint256 nameplateW,
        bool selling
    ) private {
        uint32 member = selling ? agreement.seller() : agreement.buyer();
        if (rulebook == Rulebook.Paper) _markParty(member, day);
        unchecked {
            uint256 wh = agreement.whPerHour();
            uint256 key = _sumKey(member, day, selling);
            uint256 hour = agreement.first();
            uint256 end = hour + agreement.hourCount();
            while (hour < end) {
                uint256 place = key | (hour >> 3);
                uint256 word = _contracted[place];
                do {
                    uint256 sum = HourlyEnergy.read(word, hour) + wh;
                    if (sum > nameplateW) revert BilateralMarket_AboveNameplate(member, hour, sum, nameplateW);
                    word = HourlyEnergy.add(word, hour, wh);
                } while (++hour & 7 != 0 && hour < end);
                _contracted[place] = word;
            }
        }
    }

    /// @dev Where the first of a member's three words of contracted sums lies.
    function _sumKey(uint32 member, uint32 day, bool selling) internal pure returns (uint256) {
        return (uint256(member) << 35) | (uint256(day) << 3) | (selling ? 4 : 0);
    }

    function _markParty(uint32 member, uint32 day) private {
        if (_hasAgreement[member][day]) revert BilateralMarket_SecondAgreement(member, day);
        _hasAgreement[member][day] = true;
    }

    function _rules() internal view returns (Settlement.Rules memory) {
        return
            Settlement.Rules({
                feedInTicks: FEED_IN_TICKS,
                purchaseTicks: PURCHASE_TICKS,
                gridFeeTicks: GRID_FEE_TICKS,
                paper: rulebook == Rulebook.Paper
            });
    }

    // Cancellation

    /// @inheritdoc IBilateralMarket
    function raiseFirstNonce(uint32 member, uint24 firstNonce) external {
        _checkAdmitted(Admission.Offers);
        _accounts[member] = _accounts[member].withFirstNonce(firstNonce);
    }

    // Views

    /// @inheritdoc IBilateralMarket
    function firstNonceOf(uint32 member) external view returns (uint24 nonce) {
        return uint24(_accounts[member].firstNonce());
    }

    /// @inheritdoc IBilateralMarket
    function contractedOf(
        uint32 member,
        uint32 day,
        bool selling
    ) external view returns (uint256[3] memory wh) {
        uint256 key = _sumKey(member, day, selling);
        for (uint256 word; word < 3; ++word) wh[word] = _contracted[key | word];
    }

    /// @inheritdoc IBilateralMarket
    function tariffs() external view returns (Tariffs memory) {
        return
            Tariffs({
                feedIn: FEED_IN_TICKS * Settlement.TICK,
                purchase: PURCHASE_TICKS * Settlement.TICK,
                gridFee: GRID_FEE_TICKS * Settlement.TICK
            });
    }
}
