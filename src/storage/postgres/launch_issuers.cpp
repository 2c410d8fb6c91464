#include "storage/postgres/launch_issuers.h"

#include "storage/launch_issuer_columns.h"
#include "storage/postgres/row_reader.h"

#include <utility>

namespace evergrant::storage::postgres {

namespace {

/// Whether a change of one row was made.
Task<Result<bool>> changed_one(Session* session, Statement statement) {
    const auto rows = co_await session->write(std::move(statement));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() == 1;
}

}  // namespace

Task<Result<std::vector<LaunchIssuer>>> list_launch_issuers(Session* session) {
    static const std::string sql =
        "SELECT " + std::string(launch_issuer_columns) + " FROM launch_issuers ORDER BY provider, issuer";
    Statement listing(sql);
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<LaunchIssuer> issuers;
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        issuers.push_back(read_launch_issuer(row));
    }
    co_return issuers;
}

Task<Result<std::optional<LaunchIssuer>>> find_launch_issuer(Session* session, ProviderId provider,
                                                             std::string issuer) {
    static const std::string sql =
        "SELECT " + std::string(launch_issuer_columns) + " FROM launch_issuers WHERE provider = $1 AND issuer = $2";
    Statement finding(sql, provider.str(), issuer);
    const auto rows = co_await session->read(std::move(finding));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::optional<LaunchIssuer>();
    RowReader row(*rows);
    co_return std::optional<LaunchIssuer>(read_launch_issuer(row));
}

Task<Result<bool>> save_launch_issuer(Session* session, LaunchIssuer issuer) {
    Statement saving(
        "INSERT INTO launch_issuers AS l (provider, issuer, tenant_id, integration_id, params, scopes)"
        " SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM launch_issuers) < $7::bigint"
        " ON CONFLICT (provider, issuer) DO UPDATE SET integration_id = excluded.integration_id,"
        " params = excluded.params, scopes = excluded.scopes WHERE l.tenant_id = excluded.tenant_id",
        issuer.provider.str(), issuer.issuer, issuer.tenant.str(), issuer.integration.str(), to_column(issuer.params),
        to_column(issuer.scopes), std::uint64_t{most_launch_issuers});
    co_return co_await changed_one(session, std::move(saving));
}

Task<Result<bool>> remove_launch_issuer(Session* session, ProviderId provider, std::string issuer) {
    Statement removing("DELETE FROM launch_issuers WHERE provider = $1 AND issuer = $2", provider.str(), issuer);
    co_return co_await changed_one(session, std::move(removing));
}

}  // namespace evergrant::storage::postgres
