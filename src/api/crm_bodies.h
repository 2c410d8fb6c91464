#pragma once
//
// Bodies of the CRM routes: customers and calls as callers send them, read strictly.
//
#include "api/parameters.h"
#include "connectors/crm/customer.h"

#include <string>

namespace evergrant::api {

/// What is to be written of a customer, and where its numbers without `+` are at home.
struct CustomerBody {
    connectors::CustomerChange change;
    std::string region;
};

struct CallBody {
    connectors::CallActivity call;
    std::string region;
};

[[nodiscard]] Result<CustomerBody> read_customer(const net::Request& request);

/// `now`: when a call began that does not say it.
[[nodiscard]] Result<CallBody> read_call(const net::Request& request, sys_seconds now);

}  // namespace evergrant::api
