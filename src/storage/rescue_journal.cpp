#include "storage/rescue_journal.h"

#include "base/log.h"
#include "storage/durable_file.h"
#include "storage/journal_frames.h"
#include "storage/rescue_record.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

namespace evergrant::storage {
namespace {

constexpr std::string_view associated_data = "evergrant rescue journal record 1";

/// A piece of the file, and what was sealed in it if it opens.
struct Record {
    std::string_view bytes;
    std::optional<RefreshedGrant> rescued;
};

bool is_settled(const RefreshedGrant& rescued, const std::vector<Lease>& settled) {
    return std::ranges::any_of(settled, [&](const Lease& lease) {
        return lease.key == rescued.lease.key && lease.generation == rescued.lease.generation;
    });
}

}  // namespace

struct RescueJournal::State {
    State(std::unique_ptr<DurableFile> opened, std::vector<crypto::AeadKey> all_keys, crypto::Random& source)
        : file(std::move(opened)), keys(std::move(all_keys)), random(source) {}

    std::optional<RefreshedGrant> open_box(std::string_view box) const {
        for (const auto& key : keys) {
            const auto text = crypto::aead_open(key, box, associated_data);
            if (text)
                return read_rescued(*text);
        }
        return std::nullopt;
    }

    /// All records of the file, whose content they refer to, but for one that was never confirmed.
    std::vector<Record> records_of(std::string_view content) const {
        std::vector<Record> records;
        for (const auto& piece : pieces_of(content, [this](std::string_view box) { return open_box(box).has_value(); }))
            if (piece.kind != JournalPiece::Kind::torn)
                records.push_back({.bytes = piece.bytes, .rescued = open_box(piece.box())});
        return records;
    }

    /// Removes the torn end that a crash left: it was never confirmed, and would stand before the next record.
    Result<void> mend() {
        const auto content = file->read();
        if (!content)
            return std::unexpected(content.error());
        const auto records = records_of(*content);
        std::size_t whole = 0;
        for (const auto& record : records)
            whole += record.bytes.size();
        size = records.size();
        if (whole == content->size())
            return {};
        log(LogLevel::warning, "rescue_journal_end_torn",
            {{"bytes", static_cast<std::int64_t>(content->size() - whole)}});
        return file->truncate(whole);
    }

    std::mutex mutex;  // of the file
    const std::unique_ptr<DurableFile> file;
    const std::vector<crypto::AeadKey> keys;
    crypto::Random& random;
    std::atomic<std::size_t> size{0};
};

RescueJournal::RescueJournal(std::unique_ptr<State> state) : state_(std::move(state)) {}
RescueJournal::~RescueJournal() = default;

Result<std::unique_ptr<RescueJournal>> RescueJournal::open(std::filesystem::path file,
                                                           std::vector<crypto::AeadKey> keys, crypto::Random& random) {
    if (keys.empty())
        throw std::invalid_argument("A rescue journal needs a key.");
    auto opened = DurableFile::open(file);
    if (!opened)
        return std::unexpected(std::move(opened).error());
    auto state = std::make_unique<State>(std::move(*opened), std::move(keys), random);
    const auto mended = state->mend();
    if (!mended)
        return std::unexpected(mended.error());
    return std::unique_ptr<RescueJournal>(new RescueJournal(std::move(state)));
}

Result<void> RescueJournal::append(const RefreshedGrant& rescued) {
    const auto text = write_rescued(rescued);
    const std::lock_guard lock(state_->mutex);
    const auto box = crypto::aead_seal(state_->keys.front(), text.reveal(), associated_data, state_->random);
    auto appended = state_->file->append(frame(box));
    if (appended)
        ++state_->size;
    return appended;
}

Result<std::vector<RefreshedGrant>> RescueJournal::read_all() {
    const std::lock_guard lock(state_->mutex);
    const auto content = state_->file->read();
    if (!content)
        return std::unexpected(content.error());
    std::vector<RefreshedGrant> all;
    std::int64_t closed = 0;
    for (auto& record : state_->records_of(*content)) {
        if (record.rescued)
            all.push_back(std::move(*record.rescued));
        else
            ++closed;
    }
    if (closed > 0)
        log(LogLevel::error, "rescue_records_do_not_open", {{"records", closed}});
    return all;
}

Result<void> RescueJournal::remove(const std::vector<Lease>& settled) {
    const std::lock_guard lock(state_->mutex);
    const auto content = state_->file->read();
    if (!content)
        return std::unexpected(content.error());
    const auto records = state_->records_of(*content);
    std::string kept;
    std::size_t kept_records = 0;
    for (const auto& record : records) {
        if (record.rescued && is_settled(*record.rescued, settled))
            continue;
        kept += record.bytes;
        ++kept_records;
    }
    if (kept_records == records.size())
        return {};
    auto removed = kept.empty() ? state_->file->truncate(0) : state_->file->replace(kept);
    if (removed)
        state_->size = kept_records;
    return removed;
}

std::size_t RescueJournal::size() const noexcept {
    return state_->size;
}

}  // namespace evergrant::storage
