#include "storage/sqlite/session.h"

#include "base/log.h"
#include "storage/sqlite/store_exception.h"

#include <utility>

namespace evergrant::storage::sqlite {

Box Session::seal(const SealedPlace& place, std::string_view plaintext) {
    if (plaintext.empty())
        return {};
    return {sealer_.seal(keys_, place, plaintext)};
}

SecretString Session::open(const SealedPlace& place, std::optional<std::string_view> box) {
    if (!box)
        return {};
    Result<SecretString> opened = sealer_.open(keys_, place, *box);
    if (!opened)
        throw StoreException(std::move(opened).error());
    return std::move(*opened);
}

void Session::destroy_keys_of(std::string_view tenant) {
    if (keys_.remove(tenant) == 0)
        return;
    sealer_.forget(tenant);
    shred_in_change_ = true;
}

void Session::shred() {
    if (!shred_pending_)
        return;
    shred_pending_ = !database_.empty_the_log();
    if (shred_pending_)
        log(LogLevel::warning, "destroyed_keys_wait_in_the_log");
}

void Session::change_kept() {
    touched_by_group_.merge(keys_.take_touched());
    shred_in_group_ |= std::exchange(shred_in_change_, false);
}

void Session::change_undone() {
    forget(keys_.take_touched());
    shred_in_change_ = false;
}

void Session::committed() {
    if (std::exchange(shred_in_group_, false)) {
        // A reader may have opened a removed tenant's row, and its key, while the change was on its way.
        forget(touched_by_group_);
        shred_pending_ = true;
    }
    touched_by_group_.clear();
}

void Session::rolled_back() {
    change_undone();
    forget(std::exchange(touched_by_group_, {}));
    shred_in_group_ = false;
}

void Session::forget(const std::set<std::string>& tenants) {
    for (const std::string& tenant : tenants)
        sealer_.forget(tenant);
}

}  // namespace evergrant::storage::sqlite
