#include "api/crm_bodies.h"
#include "api/handlers.h"
#include "connectors/crm/customer_json.h"

#include <boost/json/serialize.hpp>

#include <charconv>
#include <utility>

namespace evergrant::api {

namespace {

using connectors::CrmAnswer;
using connectors::CrmCall;

constexpr std::size_t most_listed = 200;
constexpr std::size_t longest_query = 200;

/// Whose CRM, out of the path. A tenant that is no id is one that there is not.
Result<CrmCall> crm_call(const Call* call, std::string region) {
    auto tenant = tenant_in_path(call->path_parameter("tenant"));
    if (!tenant)
        return std::unexpected(std::move(tenant).error());
    auto integration = integration_in_path(call->path_parameter("integrationId"));
    if (!integration)
        return std::unexpected(std::move(integration).error());
    // The customer's id stands in the path, too, and is the CRM's own: logs name the connection.
    note_subject(*call, tenant->str(), integration->str());
    return CrmCall{
        .key = {std::move(*tenant), std::move(*integration)},
        .caller = {.audit = call->caller(), .trace = TraceContext::parse(call->request.header("traceparent"))},
        .deadline = call->deadline,
        .region = std::move(region)};
}

Result<connectors::PageQuery> page_of(const Query& query) {
    connectors::PageQuery page{.cursor = query.get("cursor")};
    const std::string written = query.get("limit");
    if (written.empty())
        return page;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), page.limit);
    if (error != std::errc() || *end != '\0' || page.limit == 0 || page.limit > most_listed)
        return invalid_field("limit", "limit must be a whole number from 1 to 200.");
    return page;
}

Result<connectors::CustomerQuery> customer_query(const Query& query) {
    auto page = page_of(query);
    if (!page)
        return std::unexpected(std::move(page).error());
    connectors::CustomerQuery wanted{
        .phone = query.get("phone"), .email = query.get("email"), .words = query.get("q"), .page = std::move(*page)};
    const int given = (wanted.phone.empty() ? 0 : 1) + (wanted.email.empty() ? 0 : 1) + (wanted.words.empty() ? 0 : 1);
    if (given != 1)
        return invalid_field("phone", "One of phone, email and q says which customers.");
    for (const auto* text : {&wanted.phone, &wanted.email, &wanted.words})
        if (text->size() > longest_query)
            return invalid_field("q", "phone, email and q are at most 200 bytes long.");
    return wanted;
}

/// What every answer of a CRM says besides.
template <class T>
net::Response answered(unsigned status, const CrmAnswer<T>& answer, boost::json::object body) {
    body["crm"] = answer.crm;
    if (answer.credential != "connection")
        body["credential"] = answer.credential;
    return net::json_response(status, boost::json::serialize(body));
}

void put_cursor(boost::json::object& body, const std::string& cursor) {
    if (!cursor.empty())
        body["nextCursor"] = cursor;
}

net::Response written(const CrmAnswer<connectors::Written>& answer) {
    boost::json::object body;
    body["id"] = answer.value.id;
    body["created"] = answer.value.created;
    return answered(answer.value.created ? 201 : 200, answer, std::move(body));
}

}  // namespace

Answer find_customers(Call call) {
    const auto known = call.query.only({"phone", "email", "q", "region", "limit", "cursor"});
    if (!known)
        co_return std::unexpected(known.error());
    auto asked = crm_call(&call, call.query.get("region"));
    if (!asked)
        co_return std::unexpected(std::move(asked).error());
    auto query = customer_query(call.query);
    if (!query)
        co_return std::unexpected(std::move(query).error());
    const auto found = co_await call.connectors.crm.find_customers(std::move(*asked), std::move(*query));
    if (!found)
        co_return std::unexpected(found.error());
    boost::json::array customers;
    for (const auto& customer : found->value.customers)
        customers.push_back(connectors::to_json(customer, false));
    boost::json::object body;
    body["customers"] = std::move(customers);
    put_cursor(body, found->value.next_cursor);
    co_return answered(200, *found, std::move(body));
}

Answer show_customer(Call call) {
    const auto known = call.query.only({"region"});
    if (!known)
        co_return std::unexpected(known.error());
    auto asked = crm_call(&call, call.query.get("region"));
    if (!asked)
        co_return std::unexpected(std::move(asked).error());
    const auto found = co_await call.connectors.crm.find(std::move(*asked), call.path_parameter("customerId"));
    if (!found)
        co_return std::unexpected(found.error());
    boost::json::object body;
    body["customer"] = connectors::to_json(found->value, true);
    co_return answered(200, *found, std::move(body));
}

Answer save_customer(Call call) {
    auto customer = read_customer(call.request);
    if (!customer)
        co_return std::unexpected(std::move(customer).error());
    auto asked = crm_call(&call, std::move(customer->region));
    if (!asked)
        co_return std::unexpected(std::move(asked).error());
    const auto saved = co_await call.connectors.crm.save(std::move(*asked), std::move(customer->change));
    if (!saved)
        co_return std::unexpected(saved.error());
    co_return written(*saved);
}

Answer change_customer(Call call) {
    auto customer = read_customer(call.request);
    if (!customer)
        co_return std::unexpected(std::move(customer).error());
    if (!customer->change.kind.empty())
        co_return invalid_field("kind", "kind cannot be changed.");
    auto asked = crm_call(&call, std::move(customer->region));
    if (!asked)
        co_return std::unexpected(std::move(asked).error());
    const auto changed = co_await call.connectors.crm.update(std::move(*asked), call.path_parameter("customerId"),
                                                             std::move(customer->change));
    if (!changed)
        co_return std::unexpected(changed.error());
    co_return written(*changed);
}

Answer log_crm_call(Call call) {
    auto body = read_call(call.request, call.context.clock.now_seconds());
    if (!body)
        co_return std::unexpected(std::move(body).error());
    auto asked = crm_call(&call, std::move(body->region));
    if (!asked)
        co_return std::unexpected(std::move(asked).error());
    const auto logged = co_await call.connectors.crm.log_call(std::move(*asked), std::move(body->call));
    if (!logged)
        co_return std::unexpected(logged.error());
    boost::json::object answer;
    answer["id"] = logged->value;
    co_return answered(201, *logged, std::move(answer));
}

Answer list_interactions(Call call) {
    const auto known = call.query.only({"limit", "cursor"});
    if (!known)
        co_return std::unexpected(known.error());
    auto asked = crm_call(&call, {});
    if (!asked)
        co_return std::unexpected(std::move(asked).error());
    auto page = page_of(call.query);
    if (!page)
        co_return std::unexpected(std::move(page).error());
    const auto found = co_await call.connectors.crm.interactions(std::move(*asked), call.path_parameter("customerId"),
                                                                 std::move(*page));
    if (!found)
        co_return std::unexpected(found.error());
    boost::json::array interactions;
    for (const auto& interaction : found->value.interactions)
        interactions.push_back(connectors::to_json(interaction));
    boost::json::object body;
    body["interactions"] = std::move(interactions);
    put_cursor(body, found->value.next_cursor);
    co_return answered(200, *found, std::move(body));
}

}  // namespace evergrant::api
