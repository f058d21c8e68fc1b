// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AwardPrice} from "../../../contracts/auction/lib/AwardPrice.sol";
import {CoalitionGame} from "../../../contracts/auction/lib/CoalitionGame.sol";
import {CoalitionTable} from "../../../contracts/auction/types/CoalitionTable.sol";
import {LadderPrice} from "../../../contracts/auction/lib/LadderPrice.sol";
import {MarketTime} from "../../../contracts/libraries/MarketTime.sol";
import {WelfareCertificate} from "../../../contracts/auction/lib/WelfareCertificate.sol";

/// @notice Opens the auction's libraries to tests, many cases in one call.
contract AuctionHarness {
    struct Verdict {
        bytes4 error; // 0 if accepted
        uint256 emission; // [mgCO2e]
        bool congested;
    }

    function check(
        WelfareCertificate.Clearing calldata clearing
    ) external pure returns (uint256 emission, bool congested) {
        return WelfareCertificate.check(clearing);
    }

    function verdicts(WelfareCertificate.Clearing[] calldata cases) external view returns (Verdict[] memory results) {
        results = new Verdict[](cases.length);
        for (uint256 i; i < cases.length; ++i) {
            try this.check(cases[i]) returns (uint256 emission, bool congested) {
                results[i] = Verdict(0, emission, congested);
            } catch (bytes memory reason) {
                results[i].error = bytes4(reason);
            }
        }
    }

    function evaluate(
        CoalitionGame.Evidence[] calldata evidence,
        uint256[] calldata masks
    ) external pure returns (CoalitionGame.Worth[] memory worths) {
        worths = new CoalitionGame.Worth[](masks.length);
        for (uint256 i; i < masks.length; ++i) worths[i] = CoalitionGame.evaluate(evidence[i], masks[i]);
    }

    function members(
        bytes calldata orders,
        uint256 nodeOrders,
        uint256 node,
        uint256 position
    ) external pure returns (uint256 mask) {
        return CoalitionGame.members(CoalitionGame.part(nodeOrders, node), orders, node, position);
    }

    function owenValues(
        bytes calldata blocks,
        uint256 nodeOrders,
        uint256 node
    ) external pure returns (int256[] memory numerators, int256 denominator) {
        CoalitionGame.Part memory part = CoalitionGame.part(nodeOrders, node);
        numerators = new int256[](part.own);
        for (uint256 rank; rank < part.own; ++rank) {
            (numerators[rank], denominator) = CoalitionTable.owenValue(blocks, part, rank);
        }
    }

    function adjust(
        LadderPrice.Ladder calldata ladder,
        bytes calldata orders,
        bytes calldata dispatch,
        bytes calldata allocations
    ) external pure returns (bytes memory) {
        return LadderPrice.adjust(ladder, orders, dispatch, allocations);
    }

    function paid(
        bytes16[] calldata orders,
        uint256[] calldata powers,
        int256[] calldata nodal,
        bool congested,
        AwardPrice.Limits calldata limits
    ) external pure returns (int256[] memory prices) {
        prices = new int256[](orders.length);
        for (uint256 i; i < orders.length; ++i) {
            prices[i] = AwardPrice.paid(uint128(orders[i]), powers[i], nodal[i], congested, limits);
        }
    }

    function mostPayable(
        bytes16[] calldata orders,
        AwardPrice.Limits calldata limits
    ) external pure returns (uint256[] memory amounts) {
        amounts = new uint256[](orders.length);
        for (uint256 i; i < orders.length; ++i) amounts[i] = AwardPrice.mostPayable(uint128(orders[i]), limits);
    }

    function monthsOf(uint256[] calldata daysOfMarket) external pure returns (uint256[] memory months) {
        months = new uint256[](daysOfMarket.length);
        for (uint256 i; i < months.length; ++i) months[i] = MarketTime.monthOf(daysOfMarket[i]);
    }
}
