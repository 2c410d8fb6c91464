#include "connectors/crm/hubspot/hubspot_crm.h"

#include "connectors/crm/hubspot/records.h"
#include "connectors/crm/hubspot/refusals.h"
#include "connectors/crm/phone_number.h"
#include "connectors/json_fields.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace evergrant::connectors::hubspot {

namespace json = boost::json;

namespace {

constexpr std::string_view contacts = "contacts";
constexpr std::string_view calls = "calls";
constexpr std::string_view tasks = "tasks";
constexpr std::size_t latest_interactions = 10;
constexpr std::size_t longest_search = 200;
constexpr std::int64_t most_search_results = 10'000;  // HubSpot's own bound

std::unexpected<Error> no_contact() {
    return failure(Errc::not_found, "HubSpot has no such contact.");
}

Result<void> check_id(std::string_view id) {
    if (!is_object_id(id))
        return invalid_field("id", "The customer's id must be the id of a contact in HubSpot: digits.");
    return {};
}

std::unexpected<Error> bad_cursor() {
    return invalid_field("cursor", "cursor must be the nextCursor of an answer before.");
}

/// A cursor is a number: how many stand before, or the id of the last that was shown.
Result<std::optional<std::int64_t>> number_of(std::string_view cursor) {
    if (cursor.empty())
        return std::nullopt;
    std::int64_t number = 0;
    if (!is_object_id(cursor))
        return bad_cursor();
    const auto [stopped, error] = std::from_chars(cursor.begin(), cursor.end(), number);
    if (error != std::errc())
        return bad_cursor();
    return number;
}

/// An activity that belongs to the contact.
struct Activity {
    std::int64_t id;
    std::size_t type;  ///< in activity_types()
};

/// The newest that come behind the cursor, one more than asked for if there are.
std::vector<Activity> newest(std::vector<Activity> all, const std::optional<std::int64_t>& before, std::size_t limit) {
    if (before)
        std::erase_if(all, [&](const Activity& one) { return one.id >= *before; });
    std::ranges::sort(all, std::greater(), &Activity::id);
    all.resize(std::min(all.size(), limit + 1));
    return all;
}

std::vector<std::string> ids_of(const std::vector<Activity>& activities, std::size_t type) {
    std::vector<std::string> ids;
    for (const Activity& one : activities) {
        if (one.type == type)
            ids.push_back(std::to_string(one.id));
    }
    return ids;
}

std::vector<std::vector<std::string>> in_batches(const std::vector<std::string>& ids) {
    constexpr std::size_t batch = 100;  // as many as HubSpot reads at once
    std::vector<std::vector<std::string>> batches;
    for (std::size_t at = 0; at < ids.size(); at += batch) {
        const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(at);
        const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), at + batch));
        batches.emplace_back(begin, end);
    }
    return batches;
}

/// HubSpot searches without the country's code: another country's number may have the same digits behind it.
std::vector<Customer> with_phone(std::vector<Customer> found, std::string_view phone) {
    std::vector<Customer> contacts_first;
    std::vector<Customer> leads;
    for (Customer& one : found) {
        if (std::ranges::any_of(one.phones, [&](const Phone& has) { return is_same_phone(has.number, phone); }))
            (one.kind == "lead" ? leads : contacts_first).push_back(std::move(one));
    }
    std::ranges::move(leads, std::back_inserter(contacts_first));
    return contacts_first;
}

}  // namespace

async::Task<Result<std::vector<Customer>>> HubspotCrm::found(json::object request) {
    const auto answer = co_await objects_.search(contacts, std::move(request));
    if (!answer)
        co_return std::unexpected(answer.error());
    std::vector<Customer> customers;
    for (const json::object& contact : answer->objects)
        customers.push_back(customer_of(contact, std::vector<std::string>()));
    co_return customers;
}

async::Task<Result<std::vector<Customer>>> HubspotCrm::find_by_phone(std::string phone) {
    auto customers = co_await found(search_by_phone(phone));
    if (!customers)
        co_return customers;
    co_return with_phone(std::move(*customers), phone);
}

async::Task<Result<std::vector<Customer>>> HubspotCrm::find_by_email(std::string email) {
    return found(search_by_email(email));
}

async::Task<Result<CustomerPage>> HubspotCrm::search(std::string words, PageQuery page) {
    if (words.empty() || words.size() > longest_search)
        co_return invalid_field("q", "q must be words, of 200 bytes at most.");
    const auto before = number_of(page.cursor);
    if (!before)
        co_return std::unexpected(before.error());
    const std::int64_t left = most_search_results - before->value_or(0);
    if (left <= 0)
        co_return bad_cursor();
    const std::size_t limit = std::min(page.limit, static_cast<std::size_t>(left));
    const auto answer = co_await objects_.search(contacts, search_by_words(words, limit, page.cursor));
    if (!answer)
        co_return std::unexpected(answer.error());
    CustomerPage found;
    for (const json::object& contact : answer->objects)
        found.customers.push_back(customer_of(contact, std::vector<std::string>()));
    const auto next = number_of(answer->after);
    if (next && next->value_or(most_search_results) < most_search_results)
        found.next_cursor = answer->after;
    co_return found;
}

async::Task<Result<Customer>> HubspotCrm::find(std::string id) {
    if (const auto checked = check_id(id); !checked)
        co_return std::unexpected(checked.error());
    // Without these the customer is the same, only with less told: a grant may lack the scope.
    const auto own = co_await objects_.own_properties();
    const std::vector<std::string> own_properties = own.value_or(std::vector<std::string>());
    std::vector<std::string> properties = contact_properties();
    std::ranges::copy(own_properties, std::back_inserter(properties));
    const std::vector<std::string> one(1, id);
    const auto rows = co_await objects_.read(contacts, one, std::move(properties));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return no_contact();
    Customer customer = customer_of(rows->front(), own_properties);
    PageQuery latest;
    latest.limit = latest_interactions;
    auto page = co_await interactions(id, latest);
    if (!page)
        co_return std::unexpected(std::move(page).error());
    customer.interactions = std::move(page->interactions);
    co_return customer;
}

async::Task<Result<Customer>> HubspotCrm::read(std::string id) {
    if (const auto checked = check_id(id); !checked)
        co_return std::unexpected(checked.error());
    const std::vector<std::string> one(1, id);
    const auto rows = co_await objects_.read(contacts, one, contact_properties());
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return no_contact();
    co_return customer_of(rows->front(), std::vector<std::string>());
}

async::Task<Result<Written>> HubspotCrm::create(CustomerChange customer) {
    auto properties = properties_of(customer);
    if (!properties)
        co_return std::unexpected(std::move(properties).error());
    json::object object;
    object["properties"] = *properties;
    const auto answer = co_await objects_.create(contacts, std::move(object));
    if (!answer)
        co_return std::unexpected(answer.error());
    const auto existing = existing_contact_in(*answer);
    Written written;
    if (!existing) {
        auto id = created_id(*answer);
        if (!id)
            co_return std::unexpected(std::move(id).error());
        written.id = std::move(*id);
        written.created = true;
        co_return written;
    }
    written.id = *existing;
    const auto changed = co_await objects_.change(contacts, *existing, std::move(*properties));
    if (!changed)
        co_return std::unexpected(changed.error());
    co_return written;
}

async::Task<Result<void>> HubspotCrm::update(std::string id, CustomerChange change) {
    if (const auto checked = check_id(id); !checked)
        co_return checked;
    auto properties = properties_of(change);
    if (!properties)
        co_return std::unexpected(std::move(properties).error());
    if (properties->empty())
        co_return Result<void>();
    co_return co_await objects_.change(contacts, id, std::move(*properties));
}

async::Task<Result<void>> HubspotCrm::add_follow_up(CallActivity call) {
    if (!call.follow_up)
        co_return Result<void>();
    const auto answer = co_await objects_.create(tasks, task_of(call, *call.follow_up));
    if (!answer)
        co_return std::unexpected(answer.error());
    const auto id = created_id(*answer);
    if (!id)
        co_return std::unexpected(id.error());
    co_return Result<void>();
}

async::Task<Result<std::string>> HubspotCrm::log_call(CallActivity call) {
    if (const auto checked = check_id(call.customer_id); !checked)
        co_return std::unexpected(checked.error());
    const auto answer = co_await objects_.create(calls, call_of(call));
    if (!answer)
        co_return std::unexpected(answer.error());
    auto id = created_id(*answer);
    if (!id)
        co_return id;
    const auto followed = co_await add_follow_up(std::move(call));
    if (followed)
        co_return id;
    // Else the caller, who will try again, would have the call twice. If it cannot be taken back it stays.
    static_cast<void>(co_await objects_.remove(calls, *id));
    co_return std::unexpected(followed.error());
}

async::Task<Result<std::vector<Interaction>>> HubspotCrm::activities(ActivityType type, std::vector<std::string> ids) {
    std::vector<Interaction> read;
    const std::vector<std::vector<std::string>> batches = in_batches(ids);
    for (const std::vector<std::string>& batch : batches) {
        const auto rows = co_await objects_.read(type.objects, batch, type.properties);
        if (!rows)
            co_return std::unexpected(rows.error());
        for (const json::object& row : *rows)
            read.push_back(interaction_of(row, type.kind));
    }
    co_return read;
}

async::Task<Result<InteractionPage>> HubspotCrm::interactions(std::string id, PageQuery page) {
    if (const auto checked = check_id(id); !checked)
        co_return std::unexpected(checked.error());
    const auto before = number_of(page.cursor);
    if (!before)
        co_return std::unexpected(before.error());
    const std::vector<ActivityType>& types = activity_types();
    std::vector<Activity> all;
    for (std::size_t type = 0; type < types.size(); ++type) {
        const auto ids = co_await objects_.associated(id, types[type].objects);
        if (!ids)
            co_return std::unexpected(ids.error());
        std::ranges::transform(*ids, std::back_inserter(all), [&](std::int64_t one) { return Activity{one, type}; });
    }
    std::vector<Activity> chosen = newest(std::move(all), *before, page.limit);
    InteractionPage result;
    if (chosen.size() > page.limit) {
        chosen.pop_back();
        result.next_cursor = std::to_string(chosen.back().id);
    }
    for (std::size_t type = 0; type < types.size(); ++type) {
        auto some = co_await activities(types[type], ids_of(chosen, type));
        if (!some)
            co_return std::unexpected(std::move(some).error());
        std::ranges::move(*some, std::back_inserter(result.interactions));
    }
    std::ranges::sort(result.interactions, std::greater(), &Interaction::at);
    co_return result;
}

}  // namespace evergrant::connectors::hubspot
