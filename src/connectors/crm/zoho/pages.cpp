#include "connectors/crm/zoho/pages.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace evergrant::connectors::zoho {

namespace {

/// What stands before the next colon; steps over both.
std::string_view next_part(std::string_view& text) {
    const std::string_view part = text.substr(0, text.find(':'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
}

std::optional<std::size_t> next_number(std::string_view& text) {
    const std::string_view part = next_part(text);
    std::size_t number = 0;
    const auto* last = part.data() + part.size();
    const auto [end, error] = std::from_chars(part.data(), last, number);
    if (part.empty() || error != std::errc() || end != last)
        return std::nullopt;
    return number;
}

bool is_within(std::optional<std::size_t> number, std::size_t least, std::size_t most) {
    return number && *number >= least && *number <= most;
}

std::unexpected<Error> not_a_cursor() {
    return invalid_field("cursor", "cursor must be as an answer before gave it.");
}

}  // namespace

std::string SearchPosition::cursor() const {
    return (module == Module::contacts ? "contacts:" : "leads:") + std::to_string(page) + ":" +
           std::to_string(per_page);
}

Result<SearchPosition> search_position(const PageQuery& query) {
    SearchPosition position{.per_page = std::clamp<std::size_t>(query.limit, 1, largest_page)};
    if (query.cursor.empty())
        return position;
    std::string_view left = query.cursor;
    const std::string_view module = next_part(left);
    const auto page = next_number(left);
    const auto per_page = next_number(left);
    const bool fits = (module == "contacts" || module == "leads") && is_within(page, 1, most_searched) &&
                      is_within(per_page, 1, largest_page) && left.empty();
    if (!fits)
        return not_a_cursor();
    position.module = module == "contacts" ? Module::contacts : Module::leads;
    position.page = page.value_or(1);
    position.per_page = per_page.value_or(1);
    return position;
}

Result<Told> told_before(const PageQuery& query) {
    if (query.cursor.empty())
        return Told();
    std::string_view left = query.cursor;
    const auto calls = next_number(left);
    const auto notes = next_number(left);
    constexpr std::size_t most_told = 100'000;
    if (!is_within(calls, 0, most_told) || !is_within(notes, 0, most_told) || !left.empty())
        return not_a_cursor();
    return Told{.calls = calls.value_or(0), .notes = notes.value_or(0)};
}

InteractionPage merged(const RelatedPage& calls, const RelatedPage& notes, Told told, std::size_t limit) {
    InteractionPage page;
    std::size_t call = std::min(calls.interactions.size(), told.calls % largest_page);
    std::size_t note = std::min(notes.interactions.size(), told.notes % largest_page);
    while (page.interactions.size() < limit) {
        const bool no_call = call == calls.interactions.size();
        const bool no_note = note == notes.interactions.size();
        const bool must_read_on = (no_call && calls.more) || (no_note && notes.more);
        if ((no_call && no_note) || must_read_on)
            break;
        const bool takes_call = no_note || (!no_call && calls.interactions[call].at >= notes.interactions[note].at);
        page.interactions.push_back(takes_call ? calls.interactions[call++] : notes.interactions[note++]);
        ++(takes_call ? told.calls : told.notes);
    }
    const bool all =
        call == calls.interactions.size() && note == notes.interactions.size() && !calls.more && !notes.more;
    if (!all)
        page.next_cursor = std::to_string(told.calls) + ":" + std::to_string(told.notes);
    return page;
}

}  // namespace evergrant::connectors::zoho
