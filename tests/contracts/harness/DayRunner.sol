// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBilateralMarket} from "../../../interfaces/market/IBilateralMarket.sol";
import {IMarginAccounts} from "../../../interfaces/market/IMarginAccounts.sol";
import {IMemberRegistry} from "../../../interfaces/members/IMemberRegistry.sol";
import {IOfferDesk} from "../../../interfaces/market/IOfferDesk.sol";
import {IReconciliation} from "../../../interfaces/market/IReconciliation.sol";
import {IResidualSettlement} from "../../../interfaces/market/IResidualSettlement.sol";

/// @notice Takes whole market days through a market: everything around it (roles, members, sheets, signatures) is this
/// contract, so that two calls at two times are a day. The market and its settlement contracts are the real ones.
contract DayRunner {
    struct Person {
        uint32 member;
        uint32 group;
        uint64 weight;
        uint256 deposit;
        uint256 source; // of its sheet
        bool corrected;
        IResidualSettlement.FormerSheet sheet;
        IResidualSettlement.FormerSheet finalSheet;
    }

    struct Deal {
        uint32 seller;
        uint32 buyer;
        uint32 wh;
        uint32 firstHour;
        uint8 hourCount;
        bool bundled;
        uint256 price;
    }

    struct Result {
        int256 settled; // free after settlement and claim [point-wei]
        uint256 shares; // claimed [point-wei]
        uint256 weight; // after the day [wad]
        int256 reconciled; // free after reconciliation [point-wei]
    }

    struct Sheet {
        uint256 source;
        bytes32 formerHash;
        IResidualSettlement.FormerSheet words;
    }

    uint32 private constant GRID_COMPANY = 1;

    mapping(uint32 member => uint32) private _groups;
    mapping(uint32 member => Sheet) internal _sheets;
    IBilateralMarket public market;
    IOfferDesk public offers;
    IResidualSettlement public residuals;
    IReconciliation public reconciliation;

    function attach(address market_, address offers_, address residuals_, address reconciliation_) external {
        market = IBilateralMarket(market_);
        offers = IOfferDesk(offers_);
        residuals = IResidualSettlement(residuals_);
        reconciliation = IReconciliation(reconciliation_);
        IMarginAccounts(market_).admit(address(this), IMarginAccounts.Admission.Desk);
        IMarginAccounts(market_).admit(offers_, IMarginAccounts.Admission.Offers);
        IMarginAccounts(market_).admit(residuals_, IMarginAccounts.Admission.Settlement);
        IMarginAccounts(market_).admit(reconciliation_, IMarginAccounts.Admission.Settlement);
        IMarginAccounts(market_).deposit(GRID_COMPANY, 1e26);
    }

    // Before the gate closes

    function agree(Person[] calldata people, Deal[] calldata deals) external {
        for (uint256 i; i < people.length; ++i) {
            _groups[people[i].member] = people[i].group;
            IMarginAccounts(address(market)).deposit(people[i].member, people[i].deposit);
            market.enterWeight(people[i].member, people[i].weight);
        }
        for (uint256 i; i < deals.length; ++i) {
            IOfferDesk.Match[] memory pair = new IOfferDesk.Match[](1);
            pair[0].sale = _offer(deals[i], true, uint24(i));
            pair[0].purchase = _offer(deals[i], false, uint24(i));
            offers.register(pair);
        }
    }

    function _offer(
        Deal memory deal,
        bool selling,
        uint24 nonce
    ) internal pure returns (IOfferDesk.Offer memory) {
        return
            IOfferDesk.Offer({
                member: selling ? deal.seller : deal.buyer,
                selling: selling,
                counterparty: selling ? deal.buyer : deal.seller,
                whPerHour: deal.wh,
                firstHour: deal.firstHour,
                hourCount: deal.hourCount,
                price: deal.price,
                bundled: deal.bundled,
                partialFill: false,
                expiry: type(uint64).max,
                nonce: nonce
            });
    }

    // After everything

    function run(
        uint32 day,
        Person[] calldata people,
        uint32[] calldata order
    ) external returns (Result[] memory results, int256[3] memory grid, int256[3] memory reserve) {
        IMarginAccounts accounts = IMarginAccounts(address(market));
        (grid[0], reserve[0]) = (_booked(accounts), accounts.freeOf(0));
        for (uint256 i; i < people.length; ++i) {
            _sheets[people[i].member].source = people[i].source;
            _sheets[people[i].member].words = people[i].sheet;
        }
        _settle(day, people, order);
        results = _claim(people);
        (grid[1], reserve[1]) = (_booked(accounts), accounts.freeOf(0));
        _correct(people);
        _reconcile(day, people, order);
        for (uint256 i; i < people.length; ++i) results[i].reconciled = accounts.freeOf(people[i].member);
        (grid[2], reserve[2]) = (_booked(accounts), accounts.freeOf(0));
    }

    /// @dev What the grid company's legs add up to.
    function _booked(IMarginAccounts accounts) private view returns (int256) {
        return accounts.funds() + int256(accounts.totalDebt());
    }

    /// @dev In two calls, energy outside agreements in between; every agreement may have defaulted.
    function _settle(uint32 day, Person[] calldata people, uint32[] calldata order) private {
        uint256 half = order.length / 2;
        if (half != 0) market.settle(day, order[:half]);
        uint32[] memory one = new uint32[](1);
        for (uint256 i; i < people.length; ++i) {
            if (people[i].source == 0) continue;
            one[0] = people[i].member;
            residuals.settle(day, one);
        }
        market.settle(day, order[half:]);
        if (half != 0) market.close(day, order[half:]);
        if (IMarginAccounts(address(market)).openDay() == day) market.close(day, order[:half]);
        if (half == 0 && IMarginAccounts(address(market)).openDay() == day) market.close(day, order);
    }

    function _claim(Person[] calldata people) private returns (Result[] memory results) {
        IMarginAccounts accounts = IMarginAccounts(address(market));
        results = new Result[](people.length);
        for (uint256 i; i < people.length; ++i) {
            uint32 member = people[i].member;
            results[i].shares = market.claimableOf(member);
            if (results[i].shares != 0) market.claim(member);
            if (market.claimableOf(member) != 0) revert("shares left");
            results[i].settled = accounts.freeOf(member);
            if (accounts.reservedOf(member) != 0) revert("reserve left");
            results[i].weight = market.creditWordOf(member).day() == 0
                ? type(uint256).max
                : market.creditWordOf(member).weightAfter(market.poolOf(market.creditWordOf(member).day()).contractedWh);
        }
    }

    function _correct(Person[] calldata people) private {
        for (uint256 i; i < people.length; ++i) {
            if (!people[i].corrected) continue;
            Sheet storage sheet = _sheets[people[i].member];
            sheet.formerHash = keccak256(abi.encode(sheet.words.importWh, sheet.words.exportWh));
            sheet.source = 1;
            sheet.words = people[i].finalSheet;
        }
    }

    function _reconcile(uint32 day, Person[] calldata people, uint32[] calldata order) private {
        IReconciliation.Entry[] memory entries = new IReconciliation.Entry[](order.length);
        for (uint256 i; i < order.length; ++i) {
            entries[i].index = order[i];
            entries[i].seller = _former(people, market.agreementWordOf(day, order[i]).seller());
            entries[i].buyer = _former(people, market.agreementWordOf(day, order[i]).buyer());
        }
        reconciliation.reconcile(day, entries);
        for (uint256 i; i < people.length; ++i) {
            uint32[] memory one = new uint32[](1);
            IResidualSettlement.FormerSheet[] memory former = new IResidualSettlement.FormerSheet[](1);
            (one[0], former[0]) = (people[i].member, people[i].sheet);
            residuals.reconcile(day, one, former);
        }
    }

    function _former(
        Person[] calldata people,
        uint32 member
    ) private pure returns (IResidualSettlement.FormerSheet memory) {
        for (uint256 i; i < people.length; ++i) if (people[i].member == member) return people[i].sheet;
        revert("nobody");
    }

    // What the market asks

    function canCall(address, address, bytes4) external pure returns (bool, uint32) {
        return (true, 0);
    }

    function registry() external view returns (address) {
        return address(this);
    }

    function freezeList() external view returns (address) {
        return address(this);
    }

    function utcOffset() external pure returns (int8) {
        return 1;
    }

    function member(uint32 id) public view returns (IMemberRegistry.Member memory record) {
        record.account = address(this);
        record.group = _groups[id];
        record.kind = id == GRID_COMPANY ? IMemberRegistry.MemberKind.GridCompany : IMemberRegistry.MemberKind.Prosumer;
        record.status = IMemberRegistry.MemberStatus.Active;
        (record.importW, record.exportW) = (type(uint32).max, type(uint32).max);
    }

    function traderOf(
        uint32 id,
        bool
    ) external view returns (address account, IMemberRegistry.MemberKind kind, uint32 group, uint32 nameplateW) {
        IMemberRegistry.Member memory record = member(id);
        return (record.account, record.kind, record.group, record.exportW);
    }

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }

    function submissionDeadline(uint32) external pure returns (uint256) {
        return 0;
    }

    function finalFrom(uint32) external pure returns (uint256) {
        return 0;
    }

    function hasSheet(uint32 id, uint32) external view returns (bool) {
        return _sheets[id].source != 0;
    }

    function formerHashOf(uint32 id, uint32) external view returns (bytes32) {
        return _sheets[id].formerHash;
    }

    function importOf(uint32 id, uint32) external view returns (uint256[3] memory) {
        return _sheets[id].words.importWh;
    }

    function exportOf(uint32 id, uint32) external view returns (uint256[3] memory) {
        return _sheets[id].words.exportWh;
    }

    function tradeOf(
        uint32 seller,
        uint32 buyer,
        uint32,
        uint256 word
    ) external view returns (uint256 sources, uint256 exportWh, uint256 importWh) {
        sources = _sheets[seller].source | (_sheets[buyer].source << 2);
        return (sources, _sheets[seller].words.exportWh[word], _sheets[buyer].words.importWh[word]);
    }
}
