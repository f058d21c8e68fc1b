// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {GridLimits} from "../../../contracts/auction/types/GridLimits.sol";
import {OrderList} from "../../../contracts/auction/types/OrderList.sol";
import {CertificateId} from "../../../contracts/certificates/types/CertificateId.sol";
import {HourlyEnergy} from "../../../contracts/libraries/HourlyEnergy.sol";
import {Account, AccountWord, Accounts} from "../../../contracts/market/types/Accounts.sol";
import {Agreement, AgreementWord, Agreements} from "../../../contracts/market/types/Agreements.sol";
import {AgreementStates} from "../../../contracts/market/types/AgreementStates.sol";
import {Credit, CreditWord, Credits} from "../../../contracts/market/types/Credits.sol";
import {DayBook, DayWord, Days} from "../../../contracts/market/types/Days.sol";
import {Parties, Party, PartyWord} from "../../../contracts/market/types/Parties.sol";
import {SheetStates} from "../../../contracts/members/types/SheetStates.sol";

/// @notice Packs and unpacks every word type, for the vectors that Python reads too.
contract WordHarness {
    using AgreementStates for mapping(uint256 => uint256);
    using SheetStates for SheetStates.Map;

    struct Certificate {
        bool trial;
        uint32 device;
        uint32 hour;
        uint8 carrier;
        uint16 revision;
    }

    struct Order {
        bool load;
        uint8 node;
        int24 ticks;
        uint16 intensity;
        uint40 minimum;
        uint40 maximum;
    }

    mapping(uint256 bucket => uint256) private _agreementStates;
    SheetStates.Map private _sheetStates;

    function packAccount(Account calldata fields) external pure returns (AccountWord) {
        return Accounts.pack(fields);
    }

    function unpackAccount(AccountWord word) external pure returns (Account memory) {
        return word.unpack();
    }

    function packAgreement(Agreement calldata fields) external pure returns (AgreementWord) {
        return Agreements.pack(fields);
    }

    function unpackAgreement(AgreementWord word) external pure returns (Agreement memory) {
        return word.unpack();
    }

    function packCredit(Credit calldata fields) external pure returns (CreditWord) {
        return Credits.pack(fields);
    }

    function unpackCredit(CreditWord word) external pure returns (Credit memory) {
        return word.unpack();
    }

    function packDay(DayBook calldata fields) external pure returns (DayWord) {
        return Days.pack(fields);
    }

    function unpackDay(DayWord word) external pure returns (DayBook memory) {
        return word.unpack();
    }

    function packParty(Party calldata fields) external pure returns (PartyWord) {
        return Parties.pack(fields);
    }

    function unpackParty(PartyWord word) external pure returns (Party memory) {
        return word.unpack();
    }

    function packCertificate(Certificate calldata id) external pure returns (uint256) {
        return CertificateId.pack(id.trial, id.device, id.hour, id.carrier, id.revision);
    }

    function unpackCertificate(uint256 id) external pure returns (Certificate memory fields) {
        (fields.trial, fields.device, fields.hour, fields.carrier, fields.revision) = CertificateId.unpack(id);
    }

    function packHours(uint256[24] calldata wh) external pure returns (uint256[3] memory words) {
        for (uint256 hour; hour < 24; ++hour) {
            uint256 place = HourlyEnergy.wordOf(hour);
            words[place] = HourlyEnergy.add(words[place], hour, wh[hour]);
        }
    }

    function unpackHours(uint256[3] calldata words) external pure returns (uint256[24] memory wh) {
        for (uint256 hour; hour < 24; ++hour) wh[hour] = HourlyEnergy.read(words[HourlyEnergy.wordOf(hour)], hour);
    }

    /// @notice Raises the states of agreements; returns one bucket of the words, and the states as they read back.
    function agreementStates(
        uint256[] calldata indices,
        uint256[] calldata states,
        uint256 bucket
    ) external returns (uint256 word, uint256[] memory found) {
        found = new uint256[](indices.length);
        for (uint256 i; i < indices.length; ++i) _agreementStates.raise(indices[i], states[i]);
        for (uint256 i; i < indices.length; ++i) found[i] = _agreementStates.get(indices[i]);
        return (_agreementStates[bucket], found);
    }

    /// @notice Sets the states of days; returns one bucket of the words, and the states as they read back.
    function sheetStates(
        uint256[] calldata days_,
        uint256[] calldata states,
        uint256 bucket
    ) external returns (uint256 word, uint256[] memory found) {
        found = new uint256[](days_.length);
        for (uint256 i; i < days_.length; ++i) _sheetStates.swap(days_[i], states[i]);
        for (uint256 i; i < days_.length; ++i) found[i] = _sheetStates.get(days_[i]);
        return (_sheetStates.words[bucket], found);
    }

    function packOrder(Order calldata order) external pure returns (bytes16) {
        return
            OrderList.pack(order.load, order.node, order.ticks, order.intensity, order.minimum, order.maximum);
    }

    /// @notice All orders of a row.
    function unpackOrders(bytes calldata row) external pure returns (Order[] memory orders) {
        orders = new Order[](OrderList.count(row));
        for (uint256 i; i < orders.length; ++i) {
            uint256 order = OrderList.at(row, i);
            orders[i] = Order({
                load: OrderList.isLoad(order),
                node: uint8(OrderList.node(order)),
                ticks: int24(OrderList.ticks(order)),
                intensity: uint16(OrderList.intensity(order)),
                minimum: uint40(OrderList.minimum(order)),
                maximum: uint40(OrderList.maximum(order))
            });
        }
    }

    /// @notice What a network says: its nodes, and of each line the flow at these injections and its limit [1e-9 W].
    function unpackNetwork(
        bytes calldata network,
        int256[] calldata injections
    ) external pure returns (uint256 nodes, int256[] memory flows, int256[] memory limits) {
        uint256 lines;
        (nodes, lines) = GridLimits.size(network);
        (flows, limits) = (new int256[](lines), new int256[](lines));
        for (uint256 line; line < lines; ++line) {
            (flows[line], limits[line]) = GridLimits.flow(network, line, injections);
        }
    }

    /// @notice The prices of energy and of each line.
    function unpackPrices(
        bytes calldata prices,
        uint256 count
    ) external pure returns (int256 energy, int256[] memory lines) {
        energy = GridLimits.energyPrice(prices);
        lines = new int256[](count);
        for (uint256 line; line < count; ++line) lines[line] = GridLimits.linePrice(prices, line);
    }
}
