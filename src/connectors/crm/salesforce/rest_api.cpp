#include "connectors/crm/salesforce/rest_api.h"

#include "connectors/crm/salesforce/complaints.h"
#include "connectors/json_fields.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <optional>

namespace evergrant::connectors::salesforce {

namespace json = boost::json;

namespace {

constexpr std::string_view data = "/services/data/v57.0/";
constexpr unsigned first_failure = 300;
constexpr int most_tries_at_a_lock = 3;

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string target_of(std::string_view path) {
    return std::string(data) + std::string(path);
}

std::string path_of(Name object, std::string_view id) {
    return "sobjects/" + std::string(object.text()) + "/" + std::string(id);
}

/// The rest of an answer that was cut: a path of this API's queries and nothing else.
bool is_next_of_a_query(std::string_view target) {
    const std::string queries = target_of("query/");
    constexpr std::size_t longest = 200;
    if (!target.starts_with(queries) || target.size() > longest || target.size() == queries.size())
        return false;
    target.remove_prefix(queries.size());
    return std::ranges::all_of(target, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

std::unexpected<Error> not_as_documented(const ApiAnswer& answer) {
    return std::unexpected(error_in(answer));
}

/// Adds the rows of one answer, and tells where the rest is.
Result<std::string> take_rows(const json::object& answer, Rows& rows) {
    for (json::object& row : objects_in(array_at(answer, "records")))
        rows.push_back(std::move(row));
    std::string next = text_at(answer, "nextRecordsUrl");
    if (!next.empty() && !is_next_of_a_query(next))
        return failure(Errc::provider_error, "Salesforce named a place for further rows that is none of its API's.");
    return next;
}

Result<std::vector<std::string>> ids_in(const ApiAnswer& answer) {
    boost::system::error_code error;
    const json::value body = json::parse(answer.body, error);
    if (error || !body.is_array() || !complaints_in(answer).empty())
        return not_as_documented(answer);
    std::vector<std::string> ids;
    for (const json::object& record : objects_in(body.get_array())) {
        ids.push_back(text_at(record, "id"));
        if (!is_record_id(ids.back()))
            return not_as_documented(answer);
    }
    return ids;
}

}  // namespace

bool is_record_id(std::string_view text) {
    constexpr std::size_t short_size = 15;
    constexpr std::size_t long_size = 18;
    return (text.size() == short_size || text.size() == long_size) && std::ranges::all_of(text, is_alphanumeric);
}

async::Task<Result<json::object>> RestApi::get(std::string target) {
    ApiRequest request;
    request.target = std::move(target);
    const auto answer = co_await api_.send(std::move(request));
    if (!answer)
        co_return std::unexpected(answer.error());
    if (answer->status >= first_failure)
        co_return not_as_documented(*answer);
    co_return json_object_of(*answer);
}

async::Task<Result<ApiAnswer>> RestApi::write(std::string method, std::string path, std::string body) {
    for (int tries = 1;; ++tries) {
        ApiRequest request;
        request.method = method;
        request.target = target_of(path);
        request.headers.emplace_back("Content-Type", "application/json");
        request.body = body;
        auto answer = co_await api_.send(std::move(request));
        // Salesforce has waited for the lock itself: no pause is needed before it is asked again.
        if (answer && met_a_lock(*answer) && tries < most_tries_at_a_lock)
            continue;
        if (answer && answer->status >= first_failure)
            co_return not_as_documented(*answer);
        co_return answer;
    }
}

async::Task<Result<Rows>> RestApi::query(Query query) {
    Rows rows;
    std::string target = target_of("query?q=" + percent_encoded(soql(query)));
    while (!target.empty() && rows.size() < query.limit) {
        const std::size_t before = rows.size();
        const auto answer = co_await get(std::move(target));
        if (!answer)
            co_return std::unexpected(answer.error());
        auto next = take_rows(*answer, rows);
        if (!next)
            co_return std::unexpected(std::move(next).error());
        // An answer without rows has no rest: else this could go on for ever.
        target = rows.size() == before ? std::string() : std::move(*next);
    }
    rows.resize(std::min(rows.size(), query.limit));
    co_return rows;
}

async::Task<Result<Rows>> RestApi::search(std::string sosl) {
    const auto answer = co_await get(target_of("search?q=" + percent_encoded(sosl)));
    if (!answer)
        co_return std::unexpected(answer.error());
    co_return objects_in(array_at(*answer, "searchRecords"));
}

async::Task<Result<json::object>> RestApi::read(Name object, std::string id, std::string fields) {
    std::string target = target_of(path_of(object, id));
    if (!fields.empty())
        target += "?fields=" + percent_encoded(fields);
    return get(std::move(target));
}

async::Task<Result<std::vector<std::string>>> RestApi::create_all(json::array records) {
    const std::size_t wanted = records.size();
    json::object body;
    body["allOrNone"] = true;
    body["records"] = std::move(records);
    const auto answer = co_await write("POST", "composite/sobjects", json::serialize(body));
    if (!answer)
        co_return std::unexpected(answer.error());
    auto ids = ids_in(*answer);
    if (ids && ids->size() != wanted)
        co_return not_as_documented(*answer);
    co_return ids;
}

async::Task<Result<std::string>> RestApi::create(Name object, json::object fields) {
    const auto answer = co_await write("POST", "sobjects/" + std::string(object.text()), json::serialize(fields));
    if (!answer)
        co_return std::unexpected(answer.error());
    const auto made = json_object_of(*answer);
    if (!made)
        co_return std::unexpected(made.error());
    std::string id = text_at(*made, "id");
    if (!is_record_id(id))
        co_return not_as_documented(*answer);
    co_return id;
}

async::Task<Result<void>> RestApi::change(Name object, std::string id, json::object fields) {
    const auto answer = co_await write("PATCH", path_of(object, id), json::serialize(fields));
    if (!answer)
        co_return std::unexpected(answer.error());
    co_return Result<void>();
}

}  // namespace evergrant::connectors::salesforce
