#include "api/descriptions.h"
#include "api/handlers.h"

#include <boost/json/serialize.hpp>

#include <string>
#include <utility>

namespace evergrant::api {

namespace {

boost::json::object described(const broker::SigningKeyReport& key) {
    boost::json::object object;
    object["id"] = key.id;
    object["algorithm"] = key.algorithm;
    object["state"] = key.state;
    object["createdAt"] = time_or_null(std::optional(key.created_at));
    object["signsFrom"] = time_or_null(std::optional(key.signs_from));
    object["signsUntil"] = time_or_null(key.signs_until);
    object["publishedUntil"] = time_or_null(key.published_until);
    return object;
}

net::Response created(Call& call, const broker::SigningKeyReport& key) {
    const std::string text = boost::json::serialize(described(key));
    note_subject(call, "", key.id, text);
    return net::json_response(201, text);
}

}  // namespace

/// Anybody may fetch it, also a page of another origin; a cache may keep it for as long as a rotation waits.
Answer published_keys(Call call) {
    auto set = co_await call.broker.signing_keys.published();
    if (!set)
        co_return std::unexpected(std::move(set).error());
    net::Response response = net::json_response(200, std::move(*set));
    response.headers.emplace_back("Cache-Control",
                                  "public, max-age=" + std::to_string(broker::SigningKeys::set_life.count()));
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    co_return response;
}

Answer list_signing_keys(Call call) {
    const auto keys = co_await call.broker.signing_keys.list();
    if (!keys)
        co_return std::unexpected(keys.error());
    boost::json::array rows;
    for (const auto& key : *keys)
        rows.push_back(described(key));
    boost::json::object body;
    body["keys"] = std::move(rows);
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer add_signing_key(Call call) {
    auto body = Body::parse(call.request, {"algorithm", "privateKey"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    const std::string algorithm = body->required_text("algorithm");
    SecretString private_key = body->secret("privateKey");
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    auto& keys = call.broker.signing_keys;
    auto adding = private_key.empty() ? keys.create(algorithm) : keys.import(std::move(private_key), algorithm);
    const auto key = co_await std::move(adding);
    if (!key)
        co_return std::unexpected(key.error());
    co_return created(call, *key);
}

Answer rotate_signing_key(Call call) {
    auto body = Body::parse(call.request, {"algorithm", "overlapSeconds", "keyId"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    const std::string algorithm = body->required_text("algorithm");
    const auto overlap = body->whole_number("overlapSeconds");
    const std::string replaced = body->text("keyId");
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    constexpr std::chrono::seconds usual = broker::SigningKeys::default_overlap;
    const std::chrono::seconds chosen(overlap.value_or(usual.count()));
    const auto key = co_await call.broker.signing_keys.rotate(algorithm, chosen, replaced);
    if (!key)
        co_return std::unexpected(key.error());
    co_return created(call, *key);
}

Answer remove_signing_key(Call call) {
    const auto removed = co_await call.broker.signing_keys.remove(call.path_parameter("id"));
    if (!removed)
        co_return std::unexpected(removed.error());
    net::Response response;
    response.status = 204;
    co_return response;
}

}  // namespace evergrant::api
