#include "connectors/crm/rest/rest_crm.h"

#include "connectors/crm/rest/records.h"
#include "connectors/crm/same_customer.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace evergrant::connectors::rest {

namespace {

constexpr std::size_t most_found = 20;
constexpr std::size_t latest_interactions = 10;
constexpr std::size_t most_pages = 1'000'000;

/// What a status means that the description says nothing of.
Errc usual_meaning(unsigned status) {
    switch (status) {
        case 400:
        case 422: return Errc::invalid_request;
        case 403: return Errc::forbidden;
        case 404:
        case 410: return Errc::not_found;
        case 409: return Errc::conflict;
        case 429: return Errc::rate_limited;
        default: return Errc::provider_error;
    }
}

std::string message_for(Errc code, unsigned status) {
    switch (code) {
        case Errc::not_found: return "The CRM has no such customer.";
        case Errc::invalid_request: return "The CRM does not take this request.";
        case Errc::forbidden: return "The grant does not allow this in the CRM.";
        case Errc::conflict: return "The CRM has such a customer already, or it has changed meanwhile.";
        case Errc::rate_limited: return "The CRM bears no more requests now.";
        default: return "The CRM answered with status " + std::to_string(status) + ".";
    }
}

Result<boost::json::value> json_of(const ApiAnswer& answer) {
    boost::json::parse_options options;
    options.max_depth = 64;
    boost::system::error_code error;
    auto value = boost::json::parse(answer.body, error, {}, options);
    if (error)
        return failure(Errc::provider_error, "The CRM answered something that is not JSON.",
                       "status " + std::to_string(answer.status));
    return value;
}

Result<std::size_t> page_number(const std::string& cursor) {
    std::size_t page = 1;
    if (cursor.empty())
        return page;
    const char* const last = cursor.data() + cursor.size();
    const auto [end, error] = std::from_chars(cursor.data(), last, page);
    if (error != std::errc() || end != last || page < 2 || page > most_pages)
        return invalid_field("cursor", "cursor must be as an answer before gave it.");
    return page;
}

}  // namespace

Result<const catalog::CrmOperation*> RestCrm::operation(const std::string& name) const {
    const auto found = described_.operations.find(name);
    if (found == described_.operations.end())
        return failure(Errc::invalid_request, "This CRM has no \"" + name + "\": its catalogue entry describes none.");
    return &found->second;
}

async::Task<Result<ApiAnswer>> RestCrm::ask(std::string name, Values values, std::string body) {
    const auto asked = operation(name);
    if (!asked)
        co_return std::unexpected(asked.error());
    const auto target = target_of(**asked, values);
    if (!target)
        co_return std::unexpected(target.error());
    ApiRequest request;
    request.method = (*asked)->method;
    request.target = *target;
    request.headers.emplace_back("Accept", "application/json");
    if (!body.empty())
        request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
    auto answer = co_await api_.send(std::move(request));
    if (!answer)
        co_return std::unexpected(std::move(answer).error());
    constexpr unsigned first_success = 200;
    constexpr unsigned behind_success = 300;
    if (answer->status >= first_success && answer->status < behind_success)
        co_return std::move(*answer);
    const auto said = described_.errors.find(answer->status);
    const Errc code = said == described_.errors.end() ? usual_meaning(answer->status) : said->second;
    co_return failure(code, message_for(code, answer->status), "status " + std::to_string(answer->status));
}

async::Task<Result<boost::json::value>> RestCrm::ask_for_json(std::string name, Values values, std::string body) {
    const auto answer = co_await ask(std::move(name), std::move(values), std::move(body));
    if (!answer)
        co_return std::unexpected(answer.error());
    co_return json_of(*answer);
}

std::string RestCrm::next_cursor(const ApiAnswer& answer, const boost::json::value& body,
                                 const catalog::CrmOperation& asked, bool full, std::size_t page) const {
    switch (described_.paging) {
        case catalog::CrmPaging::none: return {};
        case catalog::CrmPaging::cursor: return text_at(body, described_.next_cursor);
        case catalog::CrmPaging::page: return full ? std::to_string(page + 1) : std::string();
        case catalog::CrmPaging::link: return linked_cursor(answer.header("link"), asked);
    }
    std::unreachable();
}

async::Task<Result<RestCrm::Rows>> RestCrm::list(std::string name, std::string place, Values values, PageQuery query) {
    const auto asked = operation(name);
    if (!asked)
        co_return std::unexpected(asked.error());
    values["limit"] = std::to_string(query.limit);
    Result<std::size_t> page = 1;
    if (described_.paging == catalog::CrmPaging::page) {
        page = page_number(query.cursor);
        if (!page)
            co_return std::unexpected(page.error());
        values["page"] = std::to_string(*page);
    } else {
        values["cursor"] = query.cursor;
    }
    const auto answer = co_await ask(std::move(name), std::move(values), std::string());
    Rows rows;
    if (!answer)
        co_return std::unexpected(answer.error());
    if (answer->body.empty())
        co_return rows;
    const auto body = json_of(*answer);
    if (!body)
        co_return std::unexpected(body.error());
    const auto* found = at(*body, place);
    if (found == nullptr || !found->is_array())
        co_return failure(Errc::provider_error, "The CRM's answer has no list where its description says.");
    rows.rows = found->get_array();
    rows.next_cursor = next_cursor(*answer, *body, **asked, rows.rows.size() >= query.limit, *page);
    co_return rows;
}

async::Task<Result<std::vector<Customer>>> RestCrm::find_all(std::string name, Values values) {
    PageQuery page;
    page.limit = most_found;
    const auto rows = co_await list(std::move(name), described_.list, std::move(values), page);
    std::vector<Customer> customers;
    if (!rows && rows.error().code == Errc::not_found)
        co_return customers;
    if (!rows)
        co_return std::unexpected(rows.error());
    for (const auto& row : rows->rows)
        if (customers.size() < most_found)
            customers.push_back(customer_of(described_, row));
    co_return customers;
}

async::Task<Result<std::vector<Customer>>> RestCrm::find_by_phone(std::string phone) {
    Values values;
    values["phone"] = phone;
    auto found = co_await find_all("find_by_phone", std::move(values));
    if (found)
        std::erase_if(*found, [&](const Customer& customer) { return !has_phone(customer, phone); });
    co_return found;
}

async::Task<Result<std::vector<Customer>>> RestCrm::find_by_email(std::string email) {
    Values values;
    values["email"] = email;
    auto found = co_await find_all("find_by_email", std::move(values));
    if (found)
        std::erase_if(*found, [&](const Customer& customer) { return !has_email(customer, email); });
    co_return found;
}

async::Task<Result<CustomerPage>> RestCrm::search(std::string words, PageQuery page) {
    Values values;
    values["words"] = std::move(words);
    auto rows = co_await list("search", described_.list, std::move(values), std::move(page));
    CustomerPage found;
    if (!rows)
        co_return std::unexpected(std::move(rows).error());
    for (const auto& row : rows->rows)
        found.customers.push_back(customer_of(described_, row));
    found.next_cursor = std::move(rows->next_cursor);
    co_return found;
}

async::Task<Result<Customer>> RestCrm::read(std::string id) {
    Values values;
    values["id"] = std::move(id);
    const auto body = co_await ask_for_json("find", std::move(values), std::string());
    if (!body)
        co_return std::unexpected(body.error());
    const auto* record = at(*body, described_.record);
    if (record == nullptr || !record->is_object())
        co_return failure(Errc::provider_error, "The CRM's answer has no customer where its description says.");
    co_return customer_of(described_, *record);
}

async::Task<Result<Customer>> RestCrm::find(std::string id) {
    auto customer = co_await read(id);
    if (!customer || !described_.operations.contains("interactions"))
        co_return customer;
    PageQuery latest;
    latest.limit = latest_interactions;
    auto page = co_await interactions(std::move(id), latest);
    if (!page)
        co_return std::unexpected(std::move(page).error());
    customer->interactions = std::move(page->interactions);
    co_return customer;
}

std::string RestCrm::made_id(const ApiAnswer& answer) const {
    const auto body = json_of(answer);
    const auto* made = body ? at(*body, described_.record) : nullptr;
    std::string id;
    if (made != nullptr)
        id = customer_of(described_, *made).id;
    for (const char* const name : {"find", "update"}) {
        const auto one = described_.operations.find(name);
        if (id.empty() && one != described_.operations.end())
            id = located_id(answer.header("location"), one->second);
    }
    return id;
}

/// Its id where the CRM has not told it; empty if it does not find it.
async::Task<std::string> RestCrm::id_of(CustomerChange customer) {
    std::vector<Customer> found;
    const std::vector<Phone> phones = customer.phones.value_or(std::vector<Phone>());
    for (const Phone& phone : phones) {
        auto some = co_await find_by_phone(phone.number);
        if (some)
            std::ranges::move(*some, std::back_inserter(found));
        if (!found.empty())
            co_return found.front().id;
    }
    if (customer.email.value_or("").empty())
        co_return std::string();
    const auto some = co_await find_by_email(*customer.email);
    if (!some || some->empty())
        co_return std::string();
    co_return some->front().id;
}

async::Task<Result<Written>> RestCrm::create(CustomerChange customer) {
    const auto record = describe(described_, customer);
    if (!record)
        co_return std::unexpected(record.error());
    Values values;
    const auto answer = co_await ask("create", std::move(values), boost::json::serialize(*record));
    if (!answer)
        co_return std::unexpected(answer.error());
    Written written;
    written.created = true;
    written.id = made_id(*answer);
    if (written.id.empty())
        written.id = co_await id_of(std::move(customer));
    if (written.id.empty())
        co_return failure(Errc::provider_error, "The CRM did not say which customer it made.");
    co_return written;
}

async::Task<Result<void>> RestCrm::update(std::string id, CustomerChange change) {
    const auto record = describe(described_, change);
    if (!record)
        co_return std::unexpected(record.error());
    Values values;
    values["id"] = std::move(id);
    const auto answer = co_await ask("update", std::move(values), boost::json::serialize(*record));
    if (!answer)
        co_return std::unexpected(answer.error());
    co_return Result<void>();
}

async::Task<Result<std::string>> RestCrm::log_call(CallActivity call) {
    Values values;
    values["id"] = call.customer_id;
    const std::string record = boost::json::serialize(describe(described_, call));
    const auto body = co_await ask_for_json("log_call", std::move(values), record);
    if (!body)
        co_return std::unexpected(body.error());
    std::string id = text_at(*body, described_.call_id);
    if (id.empty())
        co_return failure(Errc::provider_error, "The CRM did not say which call it noted.");
    co_return id;
}

async::Task<Result<InteractionPage>> RestCrm::interactions(std::string id, PageQuery page) {
    Values values;
    values["id"] = std::move(id);
    auto rows = co_await list("interactions", described_.interactions, std::move(values), std::move(page));
    InteractionPage found;
    if (!rows)
        co_return std::unexpected(std::move(rows).error());
    for (const auto& row : rows->rows)
        found.interactions.push_back(interaction_of(described_, row));
    found.next_cursor = std::move(rows->next_cursor);
    co_return found;
}

}  // namespace evergrant::connectors::rest
