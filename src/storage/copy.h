#pragma once
//
// Copy: everything from one store into another, whatever their engines, and the proof that it arrived. May be stopped
// at any point, kill -9 included: the next copy of the same source goes on where it was. How far it is stands in the
// target's note.
//
#include "storage/contents.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace evergrant::storage {

struct CopyProgress {
    enum class Phase : std::uint8_t { copying, comparing };
    Phase phase{Phase::copying};
    ContentKind kind{ContentKind::tenants};
    std::uint64_t done{0};   ///< of this kind
    std::uint64_t total{0};  ///< of this kind
};

struct CopyOptions {
    std::size_t page{256};
    std::function<void(const CopyProgress&)> tell = [](const CopyProgress&) {};  ///< after each page
};

struct CopyReport {
    ContentCounts counts{};
    bool resumed{false};       ///< an earlier copy was gone on with
    bool was_finished{false};  ///< an earlier copy had finished: the two were only compared
};

/// Copies, then reads all of both and compares: how many there are of each kind, and every item, each sealed value
/// opened. Both may be changed by nobody else meanwhile. Lifetime: both outlive the task.
/// Errors: conflict if the target holds other data, or differs from the source at the end; those of the stores.
[[nodiscard]] Task<Result<CopyReport>> copy_contents(StoreContents* source, StoreContents* target, CopyOptions options);

/// Whether a store's note says that a copy into it has not finished: nobody may be served from it.
[[nodiscard]] bool is_unfinished_copy(std::string_view note);

/// Opens every sealed value. How many items of each kind there are. Errors: internal_error if one does not open.
[[nodiscard]] Task<Result<ContentCounts>> read_everything(StoreContents* contents, CopyOptions options);

}  // namespace evergrant::storage
