// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {Penalties} from "../libraries/Penalties.sol";
import {Settlement} from "../libraries/Settlement.sol";
import {MemberCredit} from "./MemberCredit.sol";

/// @title Agreements of a market: who may make them, what they reserve, how much is contracted
abstract contract AgreementBook is MemberCredit {
    using SafeCast for uint256;

    /// @inheritdoc IBilateralMarket
    int8 public immutable utcOffset; // [h]
    /// @inheritdoc IBilateralMarket
    Rulebook public immutable rulebook;
    uint256 internal immutable FEED_IN; // [ticks]
    uint256 internal immutable PURCHASE; // [ticks]
    uint256 internal immutable GRID_FEE; // [ticks]

    mapping(uint32 member => mapping(uint32 day => uint256[3])) internal _soldWh; // 24 x uint32 [Wh]
    mapping(uint32 member => mapping(uint32 day => uint256[3])) internal _boughtWh; // 24 x uint32 [Wh]
    mapping(uint32 member => mapping(uint32 day => bool)) private _hasAgreement; // rulebook `Paper` only

    constructor(int8 utcOffset_, Tariffs memory tariffs_, Rulebook rulebook_) {
        if (tariffs_.feedIn + tariffs_.gridFee > tariffs_.purchase) {
            revert BilateralMarket_NoPriceRoom(tariffs_.feedIn, tariffs_.purchase, tariffs_.gridFee);
        }
        utcOffset = utcOffset_;
        rulebook = rulebook_;
        FEED_IN = Settlement.toTicks(tariffs_.feedIn);
        PURCHASE = Settlement.toTicks(tariffs_.purchase);
        GRID_FEE = Settlement.toTicks(tariffs_.gridFee);
    }

    // Entry

    /// @inheritdoc IBilateralMarket
    function enter(Entry memory entry) external whenNotPaused returns (uint32 index) {
        _checkAdmitted(Admission.Entry);
        _checkGridAccount();
        if (entry.whPerHour == 0) revert BilateralMarket_ZeroEnergy();
        Agreement memory agreement = _agreementOf(entry);
        uint256 wh = uint256(entry.whPerHour) * entry.hourCount;
        (uint256 sellerMargin, uint256 buyerMargin) = Penalties.margins(wh, entry.price, _rules());

        _reserve(entry.seller, sellerMargin);
        _reserve(entry.buyer, buyerMargin);
        _addContracted(_soldWh[entry.seller.member][entry.day], entry, entry.seller);
        _addContracted(_boughtWh[entry.buyer.member][entry.day], entry, entry.buyer);
        index = _addToDay(entry.day, agreement.related ? 0 : wh);
        _agreements[entry.day][index] = agreement;
        emit AgreementRegistered(
            entry.day,
            entry.seller.member,
            entry.buyer.member,
            index,
            agreement,
            entry.saleNonce,
            entry.purchaseNonce
        );
    }

    function _agreementOf(Entry memory entry) private pure returns (Agreement memory) {
        return
            Agreement({
                seller: entry.seller.member,
                buyer: entry.buyer.member,
                whPerHour: entry.whPerHour,
                price: entry.price,
                first: entry.first,
                hourCount: entry.hourCount,
                bundled: entry.bundled,
                related: entry.seller.group != 0 && entry.seller.group == entry.buyer.group,
                penalty: 0
            });
    }

    function _checkGridAccount() private view {
        int256 funds = _fundsOf(_gridBook());
        if (funds < int256(gridFloor)) revert BilateralMarket_GridAccountLow(funds, gridFloor);
    }

    /// @dev Moves a member's free part into reserve and notes its owner group.
    function _reserve(Party memory party, uint256 margin) private {
        Account memory account = _accounts[party.member];
        int256 free = account.free;
        if (free < 0) revert BilateralMarket_Indebted(party.member, uint256(-free));
        if (uint256(free) < margin) revert BilateralMarket_MarginTooSmall(party.member, free, margin);
        account.free = int88(free - int256(margin));
        account.reserved = (account.reserved + margin).toUint88();
        account.group = party.group;
        _accounts[party.member] = account;
    }

    /// @dev Raises a member's contracted sums, hour by hour, up to its nameplate.
    function _addContracted(uint256[3] storage sums, Entry memory entry, Party memory party) private {
        if (rulebook == Rulebook.Paper) _markParty(party.member, entry.day);
        uint256 wh = entry.whPerHour;
        uint256 end = uint256(entry.first) + entry.hourCount;
        for (uint256 hour = entry.first; hour < end; ) {
            uint256 place = HourlyEnergy.wordOf(hour);
            uint256 word = sums[place];
            for (; hour < end && HourlyEnergy.wordOf(hour) == place; ++hour) {
                uint256 sum = HourlyEnergy.read(word, hour) + wh;
                if (sum > party.nameplateW) {
                    revert BilateralMarket_AboveNameplate(party.member, hour, sum, party.nameplateW);
                }
                word = HourlyEnergy.add(word, hour, wh);
            }
            sums[place] = word;
        }
    }

    function _addToDay(uint32 day, uint256 wh) private returns (uint32 index) {
        DayBook memory dayBook = dayOf(day);
        index = dayBook.agreements++;
        ++dayBook.open;
        dayBook.contractedWh = (dayBook.contractedWh + wh).toUint56();
        _saveDay(day, dayBook);
    }

    function _saveDay(uint32 day, DayBook memory dayBook) internal {
        _days[day] = dayBook;
    }

    function _markParty(uint32 member, uint32 day) private {
        if (_hasAgreement[member][day]) revert BilateralMarket_SecondAgreement(member, day);
        _hasAgreement[member][day] = true;
    }

    function _checkBatch(uint256 size, uint256 cap) internal pure {
        if (size == 0 || size > cap) revert BilateralMarket_BatchSize(size, cap);
    }

    function _rules() internal view returns (Settlement.Rules memory) {
        return
            Settlement.Rules({
                feedIn: FEED_IN,
                purchase: PURCHASE,
                gridFee: GRID_FEE,
                paper: rulebook == Rulebook.Paper
            });
    }

    // Views

    /// @inheritdoc IBilateralMarket
    function contractedOf(
        uint32 member,
        uint32 day,
        bool selling
    ) external view returns (uint256[3] memory wh) {
        return selling ? _soldWh[member][day] : _boughtWh[member][day];
    }

    /// @inheritdoc IBilateralMarket
    function tariffs() external view returns (Tariffs memory) {
        return
            Tariffs({
                feedIn: FEED_IN * Settlement.TICK,
                purchase: PURCHASE * Settlement.TICK,
                gridFee: GRID_FEE * Settlement.TICK
            });
    }
}
