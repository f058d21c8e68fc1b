// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IMarginAccounts} from "../../../interfaces/market/IMarginAccounts.sol";
import {IOfferDesk} from "../../../interfaces/market/IOfferDesk.sol";
import {DayRunner} from "./DayRunner.sol";

/// @notice A crowd of members in pairs, named by their numbers alone: each pair agrees on 1 kWh from 08:00 to 09:00.
contract CrowdRunner is DayRunner {
    uint256 private constant WH = 1_000;
    uint256 private constant WORD = 1; // of the hours from 08:00

    function agreeAll(uint32 first, uint32 pairs, uint32 firstHour) external {
        for (uint32 i; i < pairs; ++i) {
            (uint32 seller, uint32 buyer) = (first + 2 * i, first + 2 * i + 1);
            IMarginAccounts(address(market)).deposit(seller, 10e18);
            IMarginAccounts(address(market)).deposit(buyer, 10e18);
            IOfferDesk.Match[] memory pair = new IOfferDesk.Match[](1);
            Deal memory deal = Deal(seller, buyer, uint32(WH), firstHour + 8, 1, false, 5e17);
            (pair[0].sale, pair[0].purchase) = (_offer(deal, true, 1), _offer(deal, false, 1));
            offers.register(pair);
        }
    }

    /// @notice Everybody keeps its word, but for one seller.
    function measureAll(uint32 first, uint32 pairs, uint32 defaulter) external {
        for (uint32 i; i < pairs; ++i) {
            (uint32 seller, uint32 buyer) = (first + 2 * i, first + 2 * i + 1);
            _sheets[seller].source = _sheets[buyer].source = 1;
            if (seller != defaulter) _sheets[seller].words.exportWh[WORD] = WH;
            _sheets[buyer].words.importWh[WORD] = WH;
        }
    }
}
