#pragma once
//
// Pages over Zoho CRM's pages: what a cursor says, and one list made of two. Pure.
//
#include "connectors/crm/crm.h"
#include "connectors/crm/zoho/records.h"

#include <cstddef>
#include <string>

namespace evergrant::connectors::zoho {

inline constexpr std::size_t largest_page = 200;
inline constexpr std::size_t most_searched = 2000;  ///< what a search gives at most, over all pages

/// Where a search goes on: contacts come before leads. The size of pages is part of it, for it must stay the same.
struct SearchPosition {
    Module module{Module::contacts};
    std::size_t page{1};
    std::size_t per_page{0};

    [[nodiscard]] std::string cursor() const;
};

/// Errors: invalid_request with field `cursor`.
[[nodiscard]] Result<SearchPosition> search_position(const PageQuery& query);

/// How many of a customer's calls and notes were told already.
struct Told {
    std::size_t calls{0};
    std::size_t notes{0};
};

/// Errors: invalid_request with field `cursor`.
[[nodiscard]] Result<Told> told_before(const PageQuery& query);

/// One page of a related list, read.
struct RelatedPage {
    std::vector<Interaction> interactions;
    bool more{false};
};

/// Of the pages in which the first ones not told stand, the newest of both until there are `limit`, or until one page
/// is used up of which there is another.
[[nodiscard]] InteractionPage merged(const RelatedPage& calls, const RelatedPage& notes, Told told, std::size_t limit);

}  // namespace evergrant::connectors::zoho
