#pragma once
//
// RevocationStore: grants that are gone here and that their providers are yet to be asked to revoke, so that neither a
// provider's bad day nor a process's death leaves one alive. Every engine's Store is one of these too.
//
// Errors and the rest as in store.h. Replicas share the work by claims.
//
#include "storage/store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace evergrant::storage {

/// Of the connection: key, provider, generation, params, access token and refresh token. Tokens that do not open come
/// as none.
struct PendingRevocation {
    std::uint64_t id{0};  ///< 0: it stands there under an id that is not known
    Connection connection;
    std::chrono::milliseconds age{0};  ///< since it was withdrawn here, by the store's clock
    unsigned tries{0};                 ///< asked for in vain so often
};

/// How many wait, and since when the first.
struct RevocationsWaiting {
    std::uint64_t count{0};
    std::chrono::milliseconds oldest{0};
};

class RevocationStore {
public:
    virtual ~RevocationStore() = default;

    /// Removes the connection as Store::remove_connection does and notes what is to be revoked, in one change. Nobody
    /// else is offered it for `claim`. Nothing if there is no such connection.
    virtual Task<Result<std::optional<PendingRevocation>>> begin_revocation(ConnectionKey key,
                                                                            std::chrono::milliseconds claim) = 0;
    /// Notes that a grant which stands nowhere is to be revoked. Nobody else is offered it for `claim`.
    virtual Task<Result<PendingRevocation>> add_revocation(Connection gone, std::chrono::milliseconds claim) = 0;
    /// Those that are due, the longest first, by an index. Nobody else is offered them for `claim`; then they are due
    /// again.
    virtual Task<Result<std::vector<PendingRevocation>>> claim_revocations(std::chrono::milliseconds claim,
                                                                           std::size_t limit) = 0;
    /// It is due again after `pause`. False: it has ended meanwhile.
    virtual Task<Result<bool>> postpone_revocation(std::uint64_t id, unsigned tries,
                                                   std::chrono::milliseconds pause) = 0;
    /// Forgets it, and its tokens. False: it has ended before.
    virtual Task<Result<bool>> end_revocation(std::uint64_t id) = 0;
    /// Of the filter's tenant and provider; its status says nothing here.
    virtual Task<Result<RevocationsWaiting>> revocations_waiting(ConnectionFilter filter) = 0;
};

/// Throws std::logic_error if the store keeps none: a test's own.
[[nodiscard]] RevocationStore& revocations_of(Store& store);

}  // namespace evergrant::storage
