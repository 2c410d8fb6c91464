//
// Holds the contract, docs/openapi.json, against the route table and the error codes: neither can change without the
// other.
//
#include "api/envelope.h"
#include "api/openapi_document.h"
#include "api/proxy_route.h"
#include "api/router.h"
#include "base/error.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evergrant::api {

namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
    return std::string(value.as_string());
}

const json::value& contract() {
    static const json::value document = json::parse(openapi_document());
    return document;
}

struct Operation {
    std::string method;  ///< as the contract spells it: `get`
    std::string path;
    const json::object* content;
    const json::object* siblings;  ///< the path's other members, shared by its operations

    [[nodiscard]] std::string name() const { return method + " " + path; }
};

std::vector<Operation> operations() {
    static const std::set<std::string> methods{"get", "put", "post", "delete", "patch", "head", "options", "trace"};
    std::vector<Operation> found;
    for (const auto& path : contract().at("paths").as_object()) {
        const json::object& members = path.value().as_object();
        for (const auto& member : members)
            if (methods.contains(std::string(member.key())))
                found.push_back(
                    {std::string(member.key()), std::string(path.key()), &member.value().as_object(), &members});
    }
    return found;
}

std::string method_name(net::Method method) {
    switch (method) {
        case net::Method::get: return "get";
        case net::Method::post: return "post";
        case net::Method::put: return "put";
        case net::Method::patch: return "patch";
        case net::Method::delete_: return "delete";
        default: return "a method that the contract has no word for";
    }
}

/// `/api/tenants/:id` as the contract writes it: `/api/tenants/{id}`.
std::string path_of(std::string_view pattern) {
    std::string path;
    bool in_name = false;
    for (const char c : pattern) {
        if (c == '/' && in_name)
            path += '}';
        if (c == '/')
            in_name = false;
        if (c == ':')
            in_name = true;
        path += c == ':' ? '{' : c;
    }
    return in_name ? path + '}' : path;
}

std::vector<Route> documented_routes() {
    std::vector<Route> all(routes().begin(), routes().end());
    all.insert(all.end(), streamed_routes().begin(), streamed_routes().end());
    return all;
}

std::string access_name(Access access) {
    switch (access) {
        case Access::anyone: return "anyone";
        case Access::admin: return "admin";
        case Access::app: return "app";
        case Access::calls: return "calls";
        case Access::auditor: return "auditor";
        case Access::signed_in: return "signed_in";
    }
    return "";
}

const json::value& resolved(const json::value& value) {
    if (!value.is_object() || !value.as_object().contains("$ref"))
        return value;
    std::string_view rest(value.at("$ref").as_string());
    const json::value* at = &contract();
    rest.remove_prefix(2);
    while (!rest.empty()) {
        const std::string_view name = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        at = &at->at(name);
    }
    return *at;
}

std::set<std::string> parameters_in(const json::object& members, std::string_view place) {
    std::set<std::string> names;
    const json::value* list = members.if_contains("parameters");
    if (list == nullptr)
        return names;
    for (const json::value& item : list->as_array()) {
        const json::value& parameter = resolved(item);
        if (text_of(parameter.at("in")) == place)
            names.insert(text_of(parameter.at("name")));
    }
    return names;
}

std::set<std::string> names_in_braces(std::string_view path) {
    std::set<std::string> names;
    for (std::size_t open = path.find('{'); open != path.npos; open = path.find('{', open + 1))
        names.insert(std::string(path.substr(open + 1, path.find('}', open) - open - 1)));
    return names;
}

bool is_error_response(const json::value& response, std::string_view schema_name) {
    const json::object& members = resolved(response).as_object();
    const json::value* content = members.if_contains("content");
    if (content == nullptr || !content->as_object().contains("application/json"))
        return false;
    const json::object& schema = content->at("application/json").at("schema").as_object();
    return schema.contains("$ref") && text_of(schema.at("$ref")) == "#/components/schemas/" + std::string(schema_name);
}

/// Of the routes that answer in the envelope it is another one.
std::string_view error_schema_of(std::string_view path) {
    return is_enveloped(path) ? "EnvelopedError" : "Error";
}

template <class Visit>
void for_each_reference(const json::value& value, const Visit& visit) {
    if (value.is_array())
        for (const json::value& item : value.as_array())
            for_each_reference(item, visit);
    if (!value.is_object())
        return;
    for (const auto& member : value.as_object()) {
        if (member.key() == "$ref")
            visit(text_of(member.value()));
        for_each_reference(member.value(), visit);
    }
}

}  // namespace

TEST(OpenapiTest, every_route_has_an_operation) {
    std::set<std::string> described;
    for (const Operation& operation : operations())
        described.insert(operation.name());

    for (const Route& route : documented_routes())
        EXPECT_TRUE(described.contains(method_name(route.method) + " " + path_of(route.pattern))) << route.pattern;
}

TEST(OpenapiTest, every_operation_has_a_route) {
    std::set<std::string> routed;
    for (const Route& route : documented_routes())
        routed.insert(method_name(route.method) + " " + path_of(route.pattern));

    for (const Operation& operation : operations())
        EXPECT_TRUE(routed.contains(operation.name())) << operation.name();
}

TEST(OpenapiTest, an_operation_names_who_may_call_it_as_its_route_does) {
    for (const Route& route : documented_routes()) {
        const std::string path = path_of(route.pattern);
        const json::value& operation = contract().at("paths").at(path).at(method_name(route.method));

        EXPECT_EQ(text_of(operation.at("x-access")), access_name(route.access)) << path;
    }
}

TEST(OpenapiTest, an_operation_asks_for_credentials_unless_anyone_may_call_it) {
    for (const Operation& operation : operations()) {
        const bool open =
            operation.content->contains("security") && operation.content->at("security").as_array().empty();

        EXPECT_EQ(open, text_of(operation.content->at("x-access")) == "anyone") << operation.name();
    }
}

TEST(OpenapiTest, every_operation_says_what_it_is_and_has_a_name_of_its_own) {
    std::set<std::string> names;
    for (const Operation& operation : operations()) {
        EXPECT_FALSE(text_of(operation.content->at("summary")).empty()) << operation.name();
        EXPECT_FALSE(text_of(operation.content->at("description")).empty()) << operation.name();
        EXPECT_TRUE(names.insert(text_of(operation.content->at("operationId"))).second) << operation.name();
    }
}

TEST(OpenapiTest, every_operation_names_the_schema_of_its_errors) {
    for (const Operation& operation : operations()) {
        const json::object& responses = operation.content->at("responses").as_object();

        ASSERT_TRUE(responses.contains("default")) << operation.name();
        EXPECT_TRUE(is_error_response(responses.at("default"), error_schema_of(operation.path))) << operation.name();
    }
}

TEST(OpenapiTest, every_error_an_operation_lists_has_the_schema_of_errors) {
    for (const Operation& operation : operations()) {
        for (const auto& response : operation.content->at("responses").as_object()) {
            const bool not_ready = operation.path == "/readyz" && response.key() == "503";
            if (response.key().front() < '4' || not_ready)
                continue;
            EXPECT_TRUE(is_error_response(response.value(), error_schema_of(operation.path)))
                << operation.name() << ' ' << response.key();
        }
    }
}

TEST(OpenapiTest, the_error_schema_lists_every_code_there_is) {
    std::vector<std::string> codes;
    for (std::size_t code = 0; code <= static_cast<std::size_t>(Errc::cancelled); ++code)
        codes.emplace_back(traits_of(static_cast<Errc>(code)).name);
    std::vector<std::string> listed;
    for (const json::value& code :
         contract().at("components").at("schemas").at("Error").at("properties").at("error").at("enum").as_array())
        listed.push_back(text_of(code));

    EXPECT_EQ(listed, codes);
}

TEST(OpenapiTest, the_parameters_of_a_path_are_described) {
    for (const Operation& operation : operations()) {
        std::set<std::string> described = parameters_in(*operation.siblings, "path");
        described.merge(parameters_in(*operation.content, "path"));

        EXPECT_EQ(described, names_in_braces(operation.path)) << operation.name();
    }
}

TEST(OpenapiTest, every_reference_leads_somewhere) {
    for_each_reference(contract(), [](const std::string& reference) {
        json::object pointing;
        pointing["$ref"] = reference;
        const json::value value(std::move(pointing));

        EXPECT_NO_THROW(static_cast<void>(resolved(value))) << reference;
    });
}

TEST(OpenapiTest, the_server_serves_the_document_of_the_sources) {
    std::ifstream file(EVERGRANT_SOURCE_DIR "/docs/openapi.json");
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());

    EXPECT_EQ(openapi_document(), text);
}

}  // namespace evergrant::api
