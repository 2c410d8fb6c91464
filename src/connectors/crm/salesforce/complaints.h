#pragma once
//
// What Salesforce's refusals mean. They come as an array of {errorCode, message, fields}, and for collections of
// records as {success: false, errors: [{statusCode, …}]} with status 200. Pure.
//
#include "connectors/provider_api.h"

#include <string>
#include <vector>

namespace evergrant::connectors::salesforce {

struct Complaint {
    std::string code;
    std::vector<std::string> fields;  ///< as Salesforce names them
};

/// Empty where the answer complains of nothing, or not in the documented form.
[[nodiscard]] std::vector<Complaint> complaints_in(const ApiAnswer& answer);

/// The error that an answer is. Its message quotes nothing of the answer but names of fields.
[[nodiscard]] Error error_in(const ApiAnswer& answer);

/// A record was being written by somebody else: nothing has been changed, and it may be tried again.
[[nodiscard]] bool met_a_lock(const ApiAnswer& answer);

}  // namespace evergrant::connectors::salesforce
