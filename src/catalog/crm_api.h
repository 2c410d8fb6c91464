#pragma once
//
// A CRM's REST API as a catalogue entry describes it (`crm: rest`): where its operations are, how its answers are read,
// what its fields are called. Data; connectors/crm/rest/ speaks by it.
//
#include "base/error.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::catalog {

/// `PATCH /customers/{id}`: a value stands for each name in braces, percent-encoded.
struct CrmOperation {
    std::string method;
    std::string target;
};

/// How an answer says that there is more.
enum class CrmPaging : std::uint8_t {
    none,
    cursor,  ///< the answer has the value of `{cursor}`, at `next_cursor`
    page,    ///< `{page}` counts from one, until one is not full
    link,    ///< a Link header with rel="next" (RFC 8288), whose URL has the value of `{cursor}`
};

/// Places are JSON pointers (RFC 6901); the empty one is the whole.
struct CrmApi {
    std::map<std::string, CrmOperation> operations;
    CrmPaging paging{CrmPaging::none};
    std::string next_cursor;                                ///< in an answer
    std::string list;                                       ///< of customers, in an answer
    std::string record;                                     ///< of one customer, in an answer
    std::string interactions;                               ///< the list of them, in an answer
    std::string call_id{"/id"};                             ///< in the answer to a logged call
    std::map<std::string, std::string> fields;              ///< of a customer: our name → its place
    std::map<std::string, std::string> call_fields;         ///< of a call that is logged
    std::map<std::string, std::string> interaction_fields;  ///< of what happened before
    std::map<unsigned, Errc> errors;                        ///< status → what it means, before the usual
};

/// An operation that there may be, and the names that it can have in braces.
struct CrmOperationRule {
    std::string_view name;
    std::vector<std::string_view> methods;
    std::vector<std::string_view> values;
};

[[nodiscard]] const std::vector<CrmOperationRule>& crm_operations();
[[nodiscard]] const std::vector<std::string_view>& crm_fields();
[[nodiscard]] const std::vector<std::string_view>& crm_call_fields();
[[nodiscard]] const std::vector<std::string_view>& crm_interaction_fields();

}  // namespace evergrant::catalog
