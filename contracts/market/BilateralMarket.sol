// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {IDaySheets} from "../../interfaces/IDaySheets.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {Settlement} from "../libraries/Settlement.sol";
import {AgreementBook} from "./AgreementBook.sol";
import {MarginAccounts} from "./MarginAccounts.sol";

/// @title Bilateral day-ahead market: agreements signed by both, settled from signed sheets
contract BilateralMarket is AgreementBook {
    using BitMaps for BitMaps.BitMap;
    using Settlement for Settlement.Delivery;

    uint256 public constant SETTLE_CAP = 100;

    IDaySheets public immutable sheets;

    mapping(uint32 member => BitMaps.BitMap) private _residualDays;

    constructor(
        address authority_,
        IERC20 points_,
        IMemberRegistry registry_,
        IDaySheets sheets_,
        uint32 gridCompany_,
        Tariffs memory tariffs_
    )
        AccessManaged(authority_)
        MarginAccounts(points_, registry_, gridCompany_)
        AgreementBook(sheets_.utcOffset(), tariffs_)
    {
        sheets = sheets_;
    }

    // Settlement of agreements

    /// @inheritdoc IBilateralMarket
    function settle(uint256[] calldata ids) external {
        _checkBatch(ids.length, SETTLE_CAP);
        int256 gridLeg;
        for (uint256 i; i < ids.length; ++i) gridLeg += _settle(ids[i]);
        _bookGrid(gridLeg);
    }

    function _settle(uint256 id) private returns (int256 gridLeg) {
        AgreementRecord memory agreement = _agreements[id];
        if (agreement.seller == 0) revert BilateralMarket_UnknownAgreement(id);
        if (agreement.settled) return 0;
        uint32 day = MarketTime.dayOf(agreement.firstHour, utcOffset);
        Settlement.Delivery memory delivery = _deliveryOf(agreement, day);
        Settlement.Legs memory legs = delivery.legs(agreement.priceTicks, _tickTariffs());

        _agreements[id].settled = true;
        _book(agreement.seller, int256(legs.received));
        _release(agreement.buyer, marginOf(agreement.whPerHour, agreement.hourCount), -int256(legs.paid));
        emit AgreementSettled(
            id,
            agreement.seller,
            agreement.buyer,
            delivery.matched,
            delivery.surplus,
            delivery.shortfall,
            legs.received,
            legs.paid,
            legs.gridRevenue,
            _estimated(agreement.seller, day) || _estimated(agreement.buyer, day)
        );
        return legs.gridRevenue;
    }

    /// @dev An agreement's part of what its parties' sheets say, over the hours of its window.
    function _deliveryOf(
        AgreementRecord memory agreement,
        uint32 day
    ) private view returns (Settlement.Delivery memory delivery) {
        uint256[3] memory exportWh = sheets.exportOf(agreement.seller, day);
        uint256[3] memory importWh = sheets.importOf(agreement.buyer, day);
        uint256[3] storage soldWh = _soldWh[agreement.seller][day];
        uint256[3] storage boughtWh = _boughtWh[agreement.buyer][day];
        uint256 first = MarketTime.hourOfDay(agreement.firstHour, utcOffset);
        for (uint256 hour = first; hour < first + agreement.hourCount; ++hour) {
            uint256 word = HourlyEnergy.wordOf(hour);
            delivery.addHour(
                _shareOf(exportWh[word], soldWh[word], hour, agreement.whPerHour),
                _shareOf(importWh[word], boughtWh[word], hour, agreement.whPerHour)
            );
        }
    }

    function _shareOf(
        uint256 meteredWord,
        uint256 contractedWord,
        uint256 hour,
        uint256 whPerHour
    ) private pure returns (uint256) {
        return
            Settlement.shareRoundedDown(
                HourlyEnergy.read(meteredWord, hour),
                whPerHour,
                HourlyEnergy.read(contractedWord, hour)
            );
    }

    function _tickTariffs() private view returns (Settlement.TickTariffs memory) {
        return Settlement.TickTariffs({feedIn: _feedIn, purchase: _purchase, gridFee: _gridFee});
    }

    /// @dev A number that comes from an estimate says so.
    function _estimated(uint32 member, uint32 day) private view returns (bool) {
        return sheets.markOf(member, day) == IDaySheets.Mark.Estimate;
    }

    // Settlement of energy outside agreements

    /// @inheritdoc IBilateralMarket
    function settleResidual(uint32[] calldata members, uint32 day) external {
        _checkBatch(members.length, SETTLE_CAP);
        int256 gridLeg;
        for (uint256 i; i < members.length; ++i) gridLeg -= _settleResidual(members[i], day);
        _bookGrid(gridLeg);
    }

    function _settleResidual(uint32 member, uint32 day) private returns (int256 leg) {
        if (member == gridCompany) revert BilateralMarket_SelfTrade(member);
        if (_residualDays[member].get(day)) return 0;
        uint256 exportWh = _excessOf(sheets.exportOf(member, day), _soldWh[member][day]);
        uint256 importWh = _excessOf(sheets.importOf(member, day), _boughtWh[member][day]);
        leg = int256(Settlement.cost(exportWh, _feedIn)) - int256(Settlement.cost(importWh, _purchase));

        _residualDays[member].set(day);
        _book(member, leg);
        emit ResidualSettled(member, day, exportWh, importWh, leg, _estimated(member, day));
    }

    /// @dev What was metered above the contracted sums [Wh]: the sum of max(0, E - sum C) over the day's hours.
    function _excessOf(
        uint256[3] memory metered,
        uint256[3] memory contracted
    ) private pure returns (uint256 wh) {
        for (uint256 hour; hour < 24; ++hour) {
            uint256 word = HourlyEnergy.wordOf(hour);
            wh += Math.saturatingSub(
                HourlyEnergy.read(metered[word], hour),
                HourlyEnergy.read(contracted[word], hour)
            );
        }
    }

    // Views

    /// @inheritdoc IBilateralMarket
    function residualSettled(uint32 member, uint32 day) external view returns (bool) {
        return _residualDays[member].get(day);
    }
}
