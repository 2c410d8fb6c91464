#pragma once
//
// The contract of storage/turns.h as a test fixture.
//
#include "storage/turns.h"
#include "store_contract.h"

namespace evergrant::storage {

class TurnContract : public StoreContract {
protected:
    [[nodiscard]] Turn asked(const std::string& owner, const std::string& name = "customer") {
        return ask(turns_of(store()).take_turn({name, owner, std::chrono::seconds(60)}));
    }
    bool ended(const std::string& owner, const std::string& record_id = {}) {
        return ask(turns_of(store()).end_turn("customer", owner, record_id));
    }
};

}  // namespace evergrant::storage
