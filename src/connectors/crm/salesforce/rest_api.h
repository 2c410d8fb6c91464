#pragma once
//
// Salesforce's REST API, version 57.0: rows by query and search, records read, made and changed. Knows no customer.
//
#include "connectors/crm/salesforce/soql.h"
#include "connectors/provider_api.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace evergrant::connectors::salesforce {

using Rows = std::vector<boost::json::object>;

/// Errors of every member: of ProviderApi::send, and what complaints.h makes of a refusal.
/// Lifetime: `api` outlives it. Thread: one shard's.
class RestApi {
public:
    explicit RestApi(ProviderApi& api) : api_(api) {}

    /// All rows, at most the query's limit, from as many answers as Salesforce cuts them into.
    [[nodiscard]] async::Task<Result<Rows>> query(Query query);

    /// The rows of a search in SOSL; each tells its object in `attributes.type`.
    [[nodiscard]] async::Task<Result<Rows>> search(std::string sosl);

    /// All fields of one record that the user may see, or those that are named, with commas. `id` is one of
    /// Salesforce's.
    [[nodiscard]] async::Task<Result<boost::json::object>> read(Name object, std::string id, std::string fields = {});

    /// The ids of new records, of which either all are made or none. Each names its object in `attributes.type`.
    [[nodiscard]] async::Task<Result<std::vector<std::string>>> create_all(boost::json::array records);
    [[nodiscard]] async::Task<Result<std::string>> create(Name object, boost::json::object fields);
    [[nodiscard]] async::Task<Result<void>> change(Name object, std::string id, boost::json::object fields);

private:
    [[nodiscard]] async::Task<Result<boost::json::object>> get(std::string target);
    [[nodiscard]] async::Task<Result<ApiAnswer>> write(std::string method, std::string path, std::string body);

    ProviderApi& api_;
};

/// An id as Salesforce makes them: 15 letters and digits, or 18 with their checksum.
[[nodiscard]] bool is_record_id(std::string_view text);

}  // namespace evergrant::connectors::salesforce
