#pragma once
//
// The contract of storage/revocations.h as a test fixture.
//
#include "storage/revocations.h"
#include "store_contract.h"

#include <vector>

namespace evergrant::storage {

class RevocationContract : public StoreContract {
protected:
    static constexpr std::chrono::milliseconds claim{60'000};

    [[nodiscard]] RevocationStore& revocations() { return revocations_of(store()); }
    PendingRevocation begun(const ConnectionKey& key = some_key) {
        return ask(revocations().begin_revocation(key, claim)).value();
    }
    std::vector<PendingRevocation> claimed(std::size_t limit = 10) {
        return ask(revocations().claim_revocations(claim, limit));
    }
    std::uint64_t waiting(const ConnectionFilter& filter = {}) {
        return ask(revocations().revocations_waiting(filter)).count;
    }
};

}  // namespace evergrant::storage
