#include "storage/postgres/app_credentials.h"

#include "storage/columns.h"
#include "storage/postgres/row_reader.h"

#include <string>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

struct SealedSecrets {
    Box box;
    std::optional<std::uint64_t> key;
};

std::string tenant_column(const std::optional<TenantId>& tenant) {
    return tenant ? tenant->str() : std::string();
}

SealedPlace place_of(std::string_view tenant, const ProviderId& provider, std::uint64_t generation) {
    return {tenant, provider.str(), "client_secrets", generation};
}

SealedSecrets seal_now(Session& session, const AppCredentials& credentials, std::uint64_t generation) {
    const std::string tenant = tenant_column(credentials.tenant);
    const SecretString packed = pack(credentials.client_secrets);
    SealedSecrets sealed;
    sealed.box = session.seal(place_of(tenant, credentials.provider, generation), packed.reveal());
    sealed.key = common_key({&sealed.box});
    return sealed;
}

Batch saving_batch(const AppCredentials& credentials, std::uint64_t generation, const SealedSecrets& sealed) {
    Batch batch;
    batch.statements.push_back(lock_key(sealed.key));
    batch.statements.emplace_back(
        "INSERT INTO oauth_configurations AS c"
        " (tenant_id, provider, client_id, params, generation, updated_at, client_secrets)"
        " SELECT $1, $2, $3, $4, $5::bigint, evergrant_now(), $6::bytea"
        " WHERE $7::bigint IS NULL OR EXISTS (SELECT 1 FROM data_keys WHERE id = $7::bigint)"
        " ON CONFLICT (tenant_id, provider) DO UPDATE SET client_id = excluded.client_id, params = excluded.params,"
        " generation = excluded.generation, updated_at = excluded.updated_at,"
        " client_secrets = excluded.client_secrets WHERE c.generation = excluded.generation - 1",
        tenant_column(credentials.tenant), credentials.provider.str(), credentials.client_id,
        to_column(credentials.params), generation, sealed.box.column(), sealed.key);
    return batch;
}

}  // namespace

const std::string app_credentials_columns = "c.client_id, c.params, c.generation, c.updated_at, c.client_secrets";

Task<Result<void>> save_app_credentials(Session* session, AppCredentials credentials) {
    const std::string tenant = tenant_column(credentials.tenant);
    const AppCredentials* saved = &credentials;
    for (int tries = 0; tries < Session::most_tries; ++tries) {
        Statement asking(
            "SELECT coalesce(max(generation), 0) + 1 FROM oauth_configurations WHERE tenant_id = $1 AND provider = $2",
            tenant, credentials.provider.str());
        const auto next = co_await session->read(std::move(asking));
        if (!next)
            co_return std::unexpected(next.error());
        const auto generation = static_cast<std::uint64_t>(next->integer(0, 0));
        std::function<SealedSecrets()> work = [=] { return seal_now(*session, *saved, generation); };
        const auto sealed = co_await session->sealed(tenant, std::move(work));
        if (!sealed)
            co_return std::unexpected(sealed.error());
        Batch batch = saving_batch(credentials, generation, *sealed);
        const auto answers = co_await session->run(std::move(batch));
        if (!answers)
            co_return std::unexpected(answers.error());
        if (answers->back().affected() == 1)
            co_return Result<void>();
        if (sealed->key && answers->front().empty())
            session->forget(tenant);
    }
    co_return Session::out_of_tries();
}

Task<Result<std::optional<AppCredentials>>> find_app_credentials(Session* session, std::optional<TenantId> tenant,
                                                                 ProviderId provider) {
    static const std::string sql =
        "SELECT " + app_credentials_columns + " FROM oauth_configurations c WHERE c.tenant_id = $1 AND c.provider = $2";
    Statement finding(sql, tenant_column(tenant), provider.str());
    const auto rows = co_await session->read(std::move(finding));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::optional<AppCredentials>();
    co_return co_await read_app_credentials(session, &*rows, 0, std::move(tenant), std::move(provider));
}

Task<Result<std::optional<AppCredentials>>> read_app_credentials(Session* session, const Rows* rows, int column,
                                                                 std::optional<TenantId> tenant, ProviderId provider) {
    RowReader row(*rows);
    row.seek(column);
    if (row.next_is_null())
        co_return std::optional<AppCredentials>();
    const std::string scope = tenant_column(tenant);
    AppCredentials credentials;
    credentials.tenant = std::move(tenant);
    credentials.provider = provider;
    credentials.client_id = row.text();
    credentials.params = parameters_from(row.text());
    const auto generation = row.number<std::uint64_t>();
    credentials.updated_at = row.instant();
    const auto secrets = row.bytes();
    std::vector<const std::optional<std::string>*> boxes = {&secrets};
    auto learned = co_await session->learn_keys_of(std::move(boxes));
    if (!learned)
        co_return std::unexpected(std::move(learned).error());
    const SecretString packed = session->open(place_of(scope, provider, generation), secrets);
    credentials.client_secrets = unpack(packed);
    co_return std::optional<AppCredentials>(std::move(credentials));
}

Task<Result<bool>> remove_app_credentials(Session* session, std::optional<TenantId> tenant, ProviderId provider) {
    Statement removing("DELETE FROM oauth_configurations WHERE tenant_id = $1 AND provider = $2", tenant_column(tenant),
                       provider.str());
    const auto rows = co_await session->write(std::move(removing));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() != 0;
}

}  // namespace evergrant::storage::postgres
