// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title What is certified of each device, and which of its days were issued
/// @notice In one word with the totals lies a span of 32 days, the latest that has an issued day, so that issuing a day
/// writes one word. Days of earlier spans are kept apart; a span goes there once a later one begins.
library CertifiedEnergy {
    uint256 private constant DAY_BITS = 5; // of a day within its span
    uint256 private constant LAST_IN_SPAN = 31;

    struct Book {
        uint64 issued; // [Wh]
        uint64 withdrawn; // [Wh]
        uint64 owed; // [Wh]
        uint32 span; // day / 32
        uint32 issuedDays; // bit d set: day 32 span + d
    }

    struct Books {
        mapping(uint32 device => Book) byDevice;
        mapping(uint32 device => mapping(uint256 span => uint256 issuedDays)) earlier;
    }

    /// @dev Whether a day was issued.
    function isIssued(Books storage books, uint32 device, uint32 day) internal view returns (bool) {
        (uint256 span, uint256 bit) = _locate(day);
        Book storage book = books.byDevice[device];
        uint256 issuedDays = span == book.span ? book.issuedDays : books.earlier[device][span];
        return issuedDays & bit != 0;
    }

    /// @dev Enters a day with its energy; returns what of it is kept back for what the device owes [Wh]. Nothing
    /// happens to a day that was entered before.
    function issue(
        Books storage books,
        uint32 device,
        uint32 day,
        uint256 wh
    ) internal returns (bool before, uint256 withheld) {
        (uint256 span, uint256 bit) = _locate(day);
        Book memory book = books.byDevice[device];
        if (span < book.span) {
            uint256 issuedDays = books.earlier[device][span];
            if (issuedDays & bit != 0) return (true, 0);
            books.earlier[device][span] = issuedDays | bit;
        } else {
            if (span != book.span) {
                if (book.issuedDays != 0) books.earlier[device][book.span] = book.issuedDays;
                (book.span, book.issuedDays) = (uint32(span), 0);
            }
            if (book.issuedDays & bit != 0) return (true, 0);
            book.issuedDays |= uint32(bit);
        }
        withheld = _certify(book, wh);
        books.byDevice[device] = book;
    }

    /// @dev Enters more energy of a day that was issued; returns what of it is kept back [Wh].
    function raise(Books storage books, uint32 device, uint256 wh) internal returns (uint256 withheld) {
        Book memory book = books.byDevice[device];
        withheld = _certify(book, wh);
        books.byDevice[device] = book;
    }

    function _certify(Book memory book, uint256 wh) private pure returns (uint256 withheld) {
        withheld = book.owed < wh ? book.owed : wh;
        book.owed -= uint64(withheld);
        book.issued += uint64(wh - withheld);
    }

    function _locate(uint32 day) private pure returns (uint256 span, uint256 bit) {
        return (day >> DAY_BITS, 1 << (day & LAST_IN_SPAN));
    }
}
