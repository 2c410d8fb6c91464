#pragma once
//
// How a pending revocation stands in columns, in both engines alike. Its sealed values are bound to the place that they
// had in the connection's row. Pure.
//
#include "storage/columns.h"
#include "storage/connection_columns.h"
#include "storage/revocations.h"
#include "storage/store_exception.h"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace evergrant::storage {

/// The columns that `read_sealed_revocation` reads.
inline constexpr std::string_view revocation_columns =
    "p.id, p.tenant_id, p.integration_id, p.provider, p.generation, p.since, p.tries, p.params, p.access_token,"
    " p.refresh_token";

struct SealedRevocation {
    std::uint64_t id{0};
    Instant since;
    unsigned tries{0};
    SealedConnection sealed;
};

/// `row` stands at the first of `revocation_columns`.
template <class Row>
[[nodiscard]] SealedRevocation read_sealed_revocation(Row& row) {
    SealedRevocation read;
    ConnectionSummary& summary = read.sealed.connection.summary;
    read.id = row.template number<std::uint64_t>();
    summary.key.tenant = TenantId(row.text());
    summary.key.integration = IntegrationId(row.text());
    summary.provider = ProviderId(row.text());
    summary.generation = row.template number<Generation>();
    read.since = row.instant();
    read.tries = row.template number<unsigned>();
    read.sealed.connection.params = parameters_from(row.text());
    read.sealed.boxes.access_token = row.bytes();
    read.sealed.boxes.refresh_token = row.bytes();
    return read;
}

/// Without its tokens if they do not open: nothing that is kept may keep what comes after it from being offered.
template <class Session>
[[nodiscard]] PendingRevocation opened(Session& session, SealedRevocation read, Instant now) {
    PendingRevocation pending;
    pending.id = read.id;
    pending.age = now - read.since;
    pending.tries = read.tries;
    pending.connection.summary = read.sealed.connection.summary;
    pending.connection.params = read.sealed.connection.params;
    try {
        pending.connection = opened(session, std::move(read.sealed));
    } catch (const StoreException& exception) {
        if (exception.error().code != Errc::internal_error)
            throw;
    }
    return pending;
}

}  // namespace evergrant::storage
