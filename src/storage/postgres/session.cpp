#include "storage/postgres/session.h"

#include "storage/store_exception.h"

namespace evergrant::storage::postgres {

namespace {

Batch batch_of(Batch::Use use, Statement statement) {
    Batch batch;
    batch.use = use;
    batch.statements.push_back(std::move(statement));
    return batch;
}

Result<Rows> only(Result<std::vector<Rows>> answers) {
    if (!answers)
        return std::unexpected(std::move(answers).error());
    return std::move(answers->front());
}

Error ask_again(std::string detail) {
    Error error;
    error.code = Errc::store_unavailable;
    error.message = "The store was changed by others at the same moment; try again.";
    error.detail = std::move(detail);
    error.retry_after = std::chrono::seconds(1);
    return error;
}

}  // namespace

std::optional<std::uint64_t> common_key(std::initializer_list<const Box*> boxes) {
    std::optional<std::uint64_t> key;
    for (const Box* box : boxes) {
        if (!box->bytes)
            continue;
        const std::optional<std::uint64_t> id = Sealer::data_key_of(*box->bytes);
        if (key && id != key)
            throw KeyMissing{};
        key = id;
    }
    return key;
}

Session::Session(Pool& pool, Sealer& sealer, DataKeys& keys, Metrics* metrics)
    : pool_(pool), sealer_(sealer), keys_(keys) {
    if (metrics == nullptr)
        return;
    reads_ = CallMeter(*metrics, "postgresql", "read");
    writes_ = CallMeter(*metrics, "postgresql", "write");
}

Task<Result<std::vector<Rows>>> Session::run(Batch batch) {
    const CallMeter& meter = batch.use == Batch::Use::read ? reads_ : writes_;
    auto call = pool_.run(std::move(batch));
    auto answers = co_await meter.measured(std::move(call));
    if (!answers && answers.error().code == Errc::conflict)
        co_return std::unexpected(ask_again(answers.error().detail));
    co_return answers;
}

Task<Result<Rows>> Session::read(Statement statement) {
    Batch batch = batch_of(Batch::Use::read, std::move(statement));
    auto answers = co_await run(std::move(batch));
    co_return only(std::move(answers));
}

Task<Result<Rows>> Session::write(Statement statement) {
    Batch batch = batch_of(Batch::Use::write, std::move(statement));
    auto answers = co_await run(std::move(batch));
    co_return only(std::move(answers));
}

Box Session::seal(const SealedPlace& place, std::string_view plaintext) {
    Box box;
    if (!plaintext.empty())
        box.bytes = sealer_.seal(keys_, place, plaintext);
    return box;
}

Task<Result<void>> Session::learn_keys_of(std::vector<const std::optional<std::string>*> boxes) {
    std::vector<std::uint64_t> ids;
    for (const auto* box : boxes)
        if (const auto id = *box ? Sealer::data_key_of(**box) : std::nullopt)
            ids.push_back(*id);
    return learn_keys(&pool_, &keys_, std::move(ids));
}

SecretString Session::open(const SealedPlace& place, const std::optional<std::string>& box) {
    if (!box)
        return {};
    Result<SecretString> opened = sealer_.open(keys_, place, *box);
    if (!opened)
        throw StoreException(std::move(opened).error());
    return std::move(*opened);
}

void Session::forget(std::string_view tenant) {
    keys_.forget(tenant);
    sealer_.forget(tenant);
}

std::unexpected<Error> Session::out_of_tries() {
    return std::unexpected(ask_again(""));
}

}  // namespace evergrant::storage::postgres
