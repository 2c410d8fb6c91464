#include "storage/copy.h"

#include "base/crash_point.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage {

namespace {

/// How far a copy is, as the target's note says it.
struct Place {
    std::string source;
    std::size_t kind{0};  ///< content_kinds: all are there
    std::string cursor;
    std::uint64_t done{0};
};

std::string to_note(const Place& place) {
    boost::json::object note;
    note["copyOf"] = place.source;
    note["kind"] = place.kind;
    note["cursor"] = place.cursor;
    note["done"] = place.done;
    return boost::json::serialize(note);
}

/// Nothing: no copy was begun.
std::optional<Place> place_from(std::string_view note) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(note, error);
    const auto* object = value.if_object();
    if (error || object == nullptr || !object->contains("copyOf"))
        return std::nullopt;
    Place place;
    place.source = object->at("copyOf").as_string();
    place.kind = object->at("kind").to_number<std::size_t>();
    place.cursor = object->at("cursor").as_string();
    place.done = object->at("done").to_number<std::uint64_t>();
    return place;
}

bool is_empty(const ContentCounts& counts) {
    return std::ranges::all_of(counts, [](std::uint64_t count) { return count == 0; });
}

/// Where to begin. Errors: conflict.
Task<Result<Place>> first_place(StoreContents* source, StoreContents* target) {
    auto identity = co_await source->identity();
    if (!identity)
        co_return std::unexpected(std::move(identity).error());
    const auto identity_of_target = co_await target->identity();
    if (!identity_of_target)
        co_return std::unexpected(identity_of_target.error());
    if (*identity == *identity_of_target)
        co_return failure(Errc::conflict, "Source and target are the same store, or one was restored from the other.");
    const auto note = co_await target->note();
    if (!note)
        co_return std::unexpected(note.error());
    if (auto place = place_from(*note); place && place->source == *identity)
        co_return std::move(*place);
    const auto counts = co_await target->count();
    if (!counts)
        co_return std::unexpected(counts.error());
    if (!note->empty() || !is_empty(*counts))
        co_return failure(Errc::conflict,
                          "The target holds other data and nothing is written over it; give an empty one.");
    Place place;
    place.source = std::move(*identity);
    co_return place;
}

Task<Result<void>> copy_kind(StoreContents* source, StoreContents* target, Place* place, std::uint64_t total,
                             const CopyOptions* options) {
    const auto kind = static_cast<ContentKind>(place->kind);
    for (;;) {
        auto page = co_await source->read_page(kind, place->cursor, options->page);
        if (!page)
            co_return std::unexpected(std::move(page).error());
        const bool is_last = page->next_cursor.empty();
        CopyProgress progress;
        progress.kind = kind;
        progress.total = total;
        progress.done = place->done + page->items.size();
        place->done = is_last ? 0 : progress.done;
        place->cursor = std::move(page->next_cursor);
        place->kind += is_last ? 1 : 0;
        auto written = co_await target->write_page(std::move(page->items), to_note(*place));
        if (!written)
            co_return written;
        crash_point("copy_page_written");
        options->tell(progress);
        if (is_last)
            co_return Result<void>();
    }
}

std::unexpected<Error> differs(ContentKind kind, bool resumed) {
    return failure(Errc::conflict,
                   "The " + std::string(name_of(kind)) + " of source and target differ" +
                       (resumed ? ": one of them was changed after the copy was begun. Empty the target and copy again."
                                : "; do not use the target. Copy again into an empty one."));
}

Task<Result<void>> compare_kind(StoreContents* source, StoreContents* target, ContentKind kind, std::uint64_t total,
                                const CopyOptions* options, bool resumed) {
    CopyProgress progress;
    progress.phase = CopyProgress::Phase::comparing;
    progress.kind = kind;
    progress.total = total;
    std::string in_source;
    std::string in_target;
    do {
        auto expected = co_await source->read_page(kind, in_source, options->page);
        if (!expected)
            co_return std::unexpected(std::move(expected).error());
        auto found = co_await target->read_page(kind, in_target, options->page);
        if (!found)
            co_return std::unexpected(std::move(found).error());
        const bool equal = std::ranges::equal(expected->items, found->items, {}, fingerprint, fingerprint);
        in_source = std::move(expected->next_cursor);
        in_target = std::move(found->next_cursor);
        if (!equal || in_source.empty() != in_target.empty())
            co_return differs(kind, resumed);
        progress.done += found->items.size();
        options->tell(progress);
    } while (!in_source.empty());
    co_return Result<void>();
}

}  // namespace

Task<Result<CopyReport>> copy_contents(StoreContents* source, StoreContents* target, CopyOptions options) {
    auto place = co_await first_place(source, target);
    if (!place)
        co_return std::unexpected(std::move(place).error());
    const auto counts = co_await source->count();
    if (!counts)
        co_return std::unexpected(counts.error());
    CopyReport report;
    report.counts = *counts;
    report.was_finished = place->kind >= content_kinds;
    report.resumed = !report.was_finished && (place->kind != 0 || !place->cursor.empty());

    if (!report.was_finished && !report.resumed) {
        // Before any item: from now on no server starts on the target.
        std::vector<ContentItem> nothing;
        auto begun = co_await target->write_page(std::move(nothing), to_note(*place));
        if (!begun)
            co_return std::unexpected(std::move(begun).error());
    }
    while (place->kind < content_kinds) {
        const std::uint64_t total = report.counts[place->kind];
        auto copied = co_await copy_kind(source, target, &*place, total, &options);
        if (!copied)
            co_return std::unexpected(std::move(copied).error());
    }
    const auto arrived = co_await target->count();
    if (!arrived)
        co_return std::unexpected(arrived.error());
    for (std::size_t kind = 0; kind < content_kinds; ++kind) {
        if ((*arrived)[kind] != report.counts[kind])
            co_return differs(static_cast<ContentKind>(kind), report.resumed || report.was_finished);
        auto compared = co_await compare_kind(source, target, static_cast<ContentKind>(kind), report.counts[kind],
                                              &options, report.resumed || report.was_finished);
        if (!compared)
            co_return std::unexpected(std::move(compared).error());
    }
    co_return report;
}

bool is_unfinished_copy(std::string_view note) {
    const auto place = place_from(note);
    return place && place->kind < content_kinds;
}

Task<Result<ContentCounts>> read_everything(StoreContents* contents, CopyOptions options) {
    const auto expected = co_await contents->count();
    if (!expected)
        co_return std::unexpected(expected.error());
    ContentCounts counts{};
    for (std::size_t index = 0; index < content_kinds; ++index) {
        CopyProgress progress;
        progress.phase = CopyProgress::Phase::comparing;
        progress.kind = static_cast<ContentKind>(index);
        progress.total = (*expected)[index];
        std::string cursor;
        do {
            auto page = co_await contents->read_page(progress.kind, cursor, options.page);
            if (!page)
                co_return std::unexpected(std::move(page).error());
            progress.done += page->items.size();
            cursor = std::move(page->next_cursor);
            options.tell(progress);
        } while (!cursor.empty());
        counts[index] = progress.done;
    }
    co_return counts;
}

}  // namespace evergrant::storage
