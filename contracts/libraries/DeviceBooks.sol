// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title What is certified of each device, and which of its days were issued
/// @notice In one word with the totals lies a span of 32 days, the latest that has an issued day, so that issuing a day
/// writes one word. Days of earlier spans are kept apart; a span goes there once a later one begins.
library DeviceBooks {
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

    /// @dev Remembers that a day was issued.
    function setIssued(Books storage books, uint32 device, uint32 day) internal {
        (uint256 span, uint256 bit) = _locate(day);
        Book storage book = books.byDevice[device];
        uint256 latest = book.span;
        if (span < latest) {
            books.earlier[device][span] |= bit;
            return;
        }
        uint256 issuedDays = book.issuedDays;
        if (span != latest) {
            if (issuedDays != 0) books.earlier[device][latest] = issuedDays;
            (book.span, issuedDays) = (uint32(span), 0);
        }
        book.issuedDays = uint32(issuedDays | bit);
    }

    function _locate(uint32 day) private pure returns (uint256 span, uint256 bit) {
        return (day >> 5, 1 << (day & 31));
    }
}
