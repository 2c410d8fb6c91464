#include "connectors/crm/hubspot/objects_api.h"

#include "connectors/crm/hubspot/refusals.h"
#include "connectors/json_fields.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace evergrant::connectors::hubspot {

namespace json = boost::json;

namespace {

constexpr unsigned first_failure = 300;
constexpr int most_pages_of_associations = 10;
constexpr std::size_t most_own_properties = 100;

std::string objects_path(std::string_view type, std::string_view rest) {
    return "/crm/v3/objects/" + std::string(type) + std::string(rest);
}

ApiRequest with_json(std::string_view method, std::string target, const json::object& body) {
    ApiRequest request;
    request.method = method;
    request.target = std::move(target);
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = json::serialize(body);
    return request;
}

Result<json::object> object_of(const Result<ApiAnswer>& answer) {
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->status >= first_failure)
        return std::unexpected(error_in(*answer));
    return json_object_of(*answer);
}

Result<void> nothing_of(const Result<ApiAnswer>& answer) {
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->status >= first_failure)
        return std::unexpected(error_in(*answer));
    return {};
}

std::string next_after(const json::object& answer) {
    const std::string after = text_at(object_at(object_at(answer, "paging"), "next"), "after");
    return is_object_id(after) ? after : std::string();
}

json::array texts(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values)
        array.emplace_back(value);
    return array;
}

json::object batch_of(const std::vector<std::string>& ids, const std::vector<std::string>& properties) {
    json::array inputs;
    for (const std::string& id : ids) {
        json::object input;
        input["id"] = id;
        inputs.push_back(std::move(input));
    }
    json::object body;
    body["inputs"] = std::move(inputs);
    body["properties"] = texts(properties);
    return body;
}

void add_associated(const json::object& answer, std::vector<std::int64_t>& ids) {
    for (const json::object& one : objects_in(array_at(answer, "results"))) {
        if (const auto id = number_at(one, "toObjectId"); id && *id > 0)
            ids.push_back(*id);
    }
}

}  // namespace

async::Task<Result<json::object>> ObjectsApi::post(std::string target, json::object body) {
    ApiRequest request = with_json("POST", std::move(target), body);
    request.repeatable = true;  // searches and reads in batches: nothing is written by these
    const auto answer = co_await api_.send(std::move(request));
    co_return object_of(answer);
}

async::Task<Result<json::object>> ObjectsApi::get(std::string target) {
    ApiRequest request;
    request.target = std::move(target);
    const auto answer = co_await api_.send(std::move(request));
    co_return object_of(answer);
}

async::Task<Result<Found>> ObjectsApi::search(std::string_view type, json::object request) {
    const auto answer = co_await post(objects_path(type, "/search"), std::move(request));
    if (!answer)
        co_return std::unexpected(answer.error());
    co_return Found{.objects = objects_in(array_at(*answer, "results")), .after = next_after(*answer)};
}

async::Task<Result<std::vector<json::object>>> ObjectsApi::read(std::string_view type, std::vector<std::string> ids,
                                                                std::vector<std::string> properties) {
    const auto answer = co_await post(objects_path(type, "/batch/read"), batch_of(ids, properties));
    if (!answer)
        co_return std::unexpected(answer.error());
    co_return objects_in(array_at(*answer, "results"));
}

async::Task<Result<std::vector<std::int64_t>>> ObjectsApi::associated(std::string contact, std::string_view type) {
    const std::string target = "/crm/v4/objects/contacts/" + contact + "/associations/" + std::string(type);
    std::vector<std::int64_t> ids;
    std::string after;
    for (int page = 0; page < most_pages_of_associations; ++page) {
        std::string of_page = target;
        of_page.append("?limit=500");
        if (!after.empty())
            of_page.append("&after=").append(after);
        const auto answer = co_await get(std::move(of_page));
        if (!answer)
            co_return std::unexpected(answer.error());
        add_associated(*answer, ids);
        after = next_after(*answer);
        if (after.empty())
            break;
    }
    co_return ids;
}

async::Task<Result<std::vector<std::string>>> ObjectsApi::own_properties() {
    const auto answer = co_await get("/crm/v3/properties/contacts?archived=false");
    if (!answer)
        co_return std::unexpected(answer.error());
    std::vector<std::string> names;
    for (const json::object& property : objects_in(array_at(*answer, "results"))) {
        if (text_at(property, "hubspotDefined") != "true" && names.size() < most_own_properties)
            names.push_back(text_at(property, "name"));
    }
    co_return names;
}

async::Task<Result<ApiAnswer>> ObjectsApi::create(std::string_view type, json::object object) {
    return api_.send(with_json("POST", objects_path(type, {}), object));
}

async::Task<Result<void>> ObjectsApi::change(std::string_view type, std::string id, json::object properties) {
    json::object body;
    body["properties"] = std::move(properties);
    const auto answer = co_await api_.send(with_json("PATCH", objects_path(type, "/" + id), body));
    co_return nothing_of(answer);
}

async::Task<Result<void>> ObjectsApi::remove(std::string_view type, std::string id) {
    ApiRequest request;
    request.method = "DELETE";
    request.target = objects_path(type, "/" + id);
    const auto answer = co_await api_.send(std::move(request));
    co_return nothing_of(answer);
}

Result<std::string> created_id(const ApiAnswer& answer) {
    if (answer.status >= first_failure)
        return std::unexpected(error_in(answer));
    const auto object = json_object_of(answer);
    if (!object)
        return std::unexpected(object.error());
    std::string id = text_at(*object, "id");
    if (!is_object_id(id))
        return failure(Errc::provider_error, "HubSpot did not tell the id of what it made.");
    return id;
}

}  // namespace evergrant::connectors::hubspot
