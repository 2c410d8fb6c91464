#include "connectors/crm/zoho/zoho_crm.h"

#include "connectors/crm/phone_number.h"
#include "connectors/crm/zoho/answers.h"
#include "connectors/crm/zoho/pages.h"
#include "connectors/json_fields.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::connectors::zoho {

namespace {

constexpr std::string_view root = "/crm/v3/";
constexpr std::size_t most_found = 20;
constexpr std::size_t latest_interactions = 10;
constexpr std::array both_modules{Module::contacts, Module::leads};

constexpr std::string_view call_fields =
    "Subject,Description,Call_Type,Call_Start_Time,Call_Duration,Call_Duration_in_seconds,Call_Result,Owner";
constexpr std::string_view note_fields = "Note_Title,Note_Content,Created_Time,Owner";

std::string path_of(Module module) {
    return std::string(root) + std::string(name_of(module));
}

std::string path_of(const Place& place) {
    return path_of(place.module) + "/" + place.record;
}

boost::json::object of_one_record(boost::json::object record) {
    boost::json::array records;
    records.push_back(std::move(record));
    boost::json::object body;
    body["data"] = std::move(records);
    return body;
}

std::vector<Customer> customers_of(Module module, const boost::json::array& rows) {
    std::vector<Customer> customers;
    for (const boost::json::object& row : objects_in(rows))
        customers.push_back(customer_of(module, row));
    return customers;
}

std::string related_list(const Place& place, std::string_view list, std::string_view fields, std::string_view order,
                         std::size_t told) {
    return path_of(place) + "/" + std::string(list) + "?fields=" + percent_encoded(fields) +
           "&sort_by=" + std::string(order) + "&sort_order=desc&page=" + std::to_string(told / largest_page + 1) +
           "&per_page=" + std::to_string(largest_page);
}

std::vector<Interaction> interactions_of(const boost::json::array& rows,
                                         Interaction (*read)(const boost::json::object&)) {
    std::vector<Interaction> interactions;
    for (const boost::json::object& row : objects_in(rows))
        interactions.push_back(read(row));
    return interactions;
}

boost::json::array named_tags(const std::vector<std::string>& tags) {
    boost::json::array named;
    for (const std::string& tag : tags) {
        boost::json::object one;
        one["name"] = tag;
        named.push_back(std::move(one));
    }
    return named;
}

/// By which fields Zoho CRM itself looks whether there is such a record.
boost::json::array duplicate_checks(const boost::json::object& record) {
    boost::json::array fields;
    for (const std::string_view field : {"Phone", "Mobile", "Email"}) {
        const auto* value = record.if_contains(field);
        if (value != nullptr && value->is_string())
            fields.emplace_back(field);
    }
    return fields;
}

bool is_absent_module(const Error& error) {
    return error.code == Errc::forbidden && error.detail.find("INVALID_MODULE") != std::string::npos;
}

}  // namespace

async::Task<Result<ZohoCrm::Records>> ZohoCrm::list(std::string target) {
    ApiRequest request;
    request.target = std::move(target);
    const auto answer = co_await api_.send(std::move(request));
    if (!answer)
        co_return std::unexpected(answer.error());
    auto object = object_of(*answer);
    if (!object)
        co_return std::unexpected(std::move(object).error());
    Records records;
    records.rows = array_at(*object, "data");
    records.more = text_at(object_at(*object, "info"), "more_records") == "true";
    co_return records;
}

async::Task<Result<Written>> ZohoCrm::write(std::string method, std::string target, boost::json::object body) {
    ApiRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    if (!body.empty()) {
        request.headers.emplace_back("Content-Type", "application/json");
        request.body = boost::json::serialize(body);
    }
    const auto answer = co_await api_.send(std::move(request));
    if (!answer)
        co_return std::unexpected(answer.error());
    co_return written_record(*answer);
}

async::Task<Result<std::vector<Customer>>> ZohoCrm::found_in_both(std::string query) {
    std::vector<Customer> found;
    for (const Module module : both_modules) {
        const auto records =
            co_await list(path_of(module) + "/search?" + query + "&per_page=" + std::to_string(most_found));
        const bool absent = !records && is_absent_module(records.error());
        if (absent)
            continue;
        if (!records)
            co_return std::unexpected(records.error());
        std::ranges::move(customers_of(module, records->rows), std::back_inserter(found));
    }
    co_return found;
}

async::Task<Result<std::vector<Customer>>> ZohoCrm::find_by_phone(std::string phone) {
    const std::vector<std::string> forms = phone_search_forms(phone);
    const auto is_another = [&](const Customer& customer) {
        return std::ranges::none_of(customer.phones,
                                    [&](const Phone& one) { return is_same_phone(one.number, phone); });
    };
    auto found = co_await found_in_both("criteria=" + phone_criteria(forms));
    if (!found)
        co_return found;
    std::erase_if(*found, is_another);
    if (found->empty()) {
        // Its own search for numbers looks into further fields, and reads some forms that are none of ours.
        found = co_await found_in_both("phone=" + percent_encoded(forms[forms.size() / 2]));
        if (!found)
            co_return found;
        std::erase_if(*found, is_another);
    }
    if (found->size() > most_found)
        found->resize(most_found);
    co_return found;
}

async::Task<Result<std::vector<Customer>>> ZohoCrm::find_by_email(std::string email) {
    co_return co_await found_in_both("email=" + percent_encoded(email));
}

async::Task<Result<CustomerPage>> ZohoCrm::search(std::string words, PageQuery page) {
    auto position = search_position(page);
    if (!position)
        co_return std::unexpected(std::move(position).error());
    const std::string query = "/search?word=" + percent_encoded(words);
    CustomerPage result;
    for (;;) {
        const auto records =
            co_await list(path_of(position->module) + query + "&page=" + std::to_string(position->page) +
                          "&per_page=" + std::to_string(position->per_page));
        const bool absent = !records && is_absent_module(records.error());
        if (!records && !absent)
            co_return std::unexpected(records.error());
        if (!absent)
            std::ranges::move(customers_of(position->module, records->rows), std::back_inserter(result.customers));
        const bool more = !absent && records->more && position->page * position->per_page < most_searched;
        if (more) {
            ++position->page;
            result.next_cursor = position->cursor();
            co_return result;
        }
        if (position->module == Module::leads)
            co_return result;
        position->module = Module::leads;
        position->page = 1;
        const std::size_t asked = std::clamp<std::size_t>(page.limit, 1, largest_page);
        if (result.customers.size() >= asked) {
            result.next_cursor = position->cursor();
            co_return result;
        }
        position->per_page = asked - result.customers.size();
    }
}

async::Task<Result<Customer>> ZohoCrm::read(std::string id) {
    const auto place = place_of(id);
    if (!place)
        co_return std::unexpected(place.error());
    const auto records = co_await list(path_of(*place));
    if (!records)
        co_return std::unexpected(records.error());
    const bool found = !records->rows.empty() && records->rows.front().is_object();
    if (!found)
        co_return failure(Errc::not_found, "There is no such customer in Zoho CRM.");
    co_return customer_of(place->module, records->rows.front().get_object());
}

async::Task<Result<Customer>> ZohoCrm::find(std::string id) {
    auto customer = co_await read(id);
    if (!customer)
        co_return customer;
    PageQuery latest;
    latest.limit = latest_interactions;
    auto page = co_await interactions(std::move(id), std::move(latest));
    if (!page)
        co_return std::unexpected(std::move(page).error());
    customer->interactions = std::move(page->interactions);
    if (!customer->last_contact_at && !customer->interactions.empty())
        customer->last_contact_at = customer->interactions.front().at;
    co_return customer;
}

/// A contact's company is an account, which is a record of its own.
async::Task<Result<void>> ZohoCrm::name_company(Module module, std::optional<std::string> company,
                                                boost::json::object* record) {
    if (module == Module::leads || !company)
        co_return Result<void>();
    if (company->empty()) {
        (*record)["Account_Name"] = nullptr;
        co_return Result<void>();
    }
    boost::json::object account;
    account["Account_Name"] = *company;
    boost::json::object body = of_one_record(std::move(account));
    body["duplicate_check_fields"].emplace_array().emplace_back("Account_Name");
    const auto account_made = co_await write("POST", std::string(root) + "Accounts/upsert", std::move(body));
    if (!account_made)
        co_return std::unexpected(account_made.error());
    boost::json::object reference;
    reference["id"] = account_made->id;
    (*record)["Account_Name"] = std::move(reference);
    co_return Result<void>();
}

async::Task<Result<Written>> ZohoCrm::create(CustomerChange customer) {
    const auto module = module_of_kind(customer.kind.empty() ? "lead" : customer.kind);
    if (!module)
        co_return invalid_field("kind", "kind must be contact or lead.");
    if (customer.last_name.value_or("").empty())
        co_return invalid_field("lastName", "lastName is mandatory in Zoho CRM.");
    auto record = record_of(*module, customer);
    if (!record)
        co_return std::unexpected(std::move(record).error());
    const auto named = co_await name_company(*module, customer.company, &*record);
    if (!named)
        co_return std::unexpected(named.error());
    boost::json::array checks = duplicate_checks(*record);
    boost::json::object body = of_one_record(std::move(*record));
    if (!checks.empty())
        body["duplicate_check_fields"] = std::move(checks);
    auto written = co_await write("POST", path_of(*module) + "/upsert", std::move(body));
    if (!written)
        co_return std::unexpected(std::move(written).error());
    const std::string id = written->id;
    const bool tagged = customer.tags && !customer.tags->empty();
    if (tagged) {
        const auto put = co_await put_tags(*module, id, *customer.tags);
        if (!put)
            co_return std::unexpected(put.error());
    }
    written->id = (*module == Module::contacts ? "contacts:" : "leads:") + id;
    co_return written;
}

async::Task<Result<void>> ZohoCrm::update(std::string id, CustomerChange change) {
    const auto place = place_of(id);
    if (!place)
        co_return std::unexpected(place.error());
    if (change.last_name && change.last_name->empty())
        co_return invalid_field("lastName", "lastName is mandatory in Zoho CRM.");
    auto record = record_of(place->module, change);
    if (!record)
        co_return std::unexpected(std::move(record).error());
    const auto named = co_await name_company(place->module, change.company, &*record);
    if (!named)
        co_return std::unexpected(named.error());
    if (!record->empty()) {
        boost::json::object body = of_one_record(std::move(*record));
        const auto written = co_await write("PUT", path_of(*place), std::move(body));
        if (!written)
            co_return std::unexpected(written.error());
    }
    if (change.tags)
        co_return co_await put_tags(place->module, place->record, *change.tags);
    co_return Result<void>();
}

/// In place of those the record has.
async::Task<Result<void>> ZohoCrm::put_tags(Module module, std::string id, std::vector<std::string> tags) {
    const std::string path = path_of(module) + "/" + id;
    if (!tags.empty())
        co_return co_await add_tags(path, std::move(tags), true);
    const auto records = co_await list(path);
    if (!records)
        co_return std::unexpected(records.error());
    const std::vector<Customer> had = customers_of(module, records->rows);
    if (had.empty() || had.front().tags.empty())
        co_return Result<void>();
    boost::json::object body;
    body["tags"] = named_tags(had.front().tags);
    const auto removed = co_await write("POST", path + "/actions/remove_tags", std::move(body));
    if (!removed)
        co_return std::unexpected(removed.error());
    co_return Result<void>();
}

async::Task<Result<void>> ZohoCrm::add_tags(std::string path, std::vector<std::string> tags, bool instead) {
    boost::json::object body;
    body["tags"] = named_tags(tags);
    body["over_write"] = instead;
    const auto added = co_await write("POST", path + "/actions/add_tags", std::move(body));
    if (!added)
        co_return std::unexpected(added.error());
    co_return Result<void>();
}

async::Task<Result<std::string>> ZohoCrm::log_call(CallActivity call) {
    const auto place = place_of(call.customer_id);
    if (!place)
        co_return std::unexpected(place.error());
    boost::json::object body = of_one_record(call_of(*place, call));
    const auto logged = co_await write("POST", std::string(root) + "Calls", std::move(body));
    if (!logged)
        co_return std::unexpected(logged.error());
    const std::string path = std::string(root) + "Calls/" + logged->id;
    const auto completed = co_await complete_call(path, *place, std::move(call));
    if (completed)
        co_return "calls:" + logged->id;
    // Else the caller, who will try again, would have the call twice. If it cannot be taken back it stays.
    static_cast<void>(co_await write("DELETE", path, boost::json::object()));
    co_return std::unexpected(completed.error());
}

/// The tags of a call and what follows it, each of which Zoho takes only for a call that is there.
async::Task<Result<void>> ZohoCrm::complete_call(std::string path, Place place, CallActivity call) {
    if (!call.tags.empty()) {
        const auto tagged = co_await add_tags(std::move(path), call.tags, false);
        if (!tagged)
            co_return std::unexpected(tagged.error());
    }
    if (!call.follow_up)
        co_return Result<void>();
    boost::json::object task = of_one_record(task_of(place, call, *call.follow_up));
    const auto planned = co_await write("POST", std::string(root) + "Tasks", std::move(task));
    if (!planned)
        co_return std::unexpected(planned.error());
    co_return Result<void>();
}

async::Task<Result<InteractionPage>> ZohoCrm::interactions(std::string id, PageQuery page) {
    const auto place = place_of(id);
    if (!place)
        co_return std::unexpected(place.error());
    const auto told = told_before(page);
    if (!told)
        co_return std::unexpected(told.error());
    const auto calls = co_await list(related_list(*place, "Calls", call_fields, "Call_Start_Time", told->calls));
    if (!calls)
        co_return std::unexpected(calls.error());
    const auto notes = co_await list(related_list(*place, "Notes", note_fields, "Created_Time", told->notes));
    if (!notes)
        co_return std::unexpected(notes.error());
    const RelatedPage of_calls{.interactions = interactions_of(calls->rows, call_interaction), .more = calls->more};
    const RelatedPage of_notes{.interactions = interactions_of(notes->rows, note_interaction), .more = notes->more};
    co_return merged(of_calls, of_notes, *told, page.limit);
}

std::unique_ptr<Crm> make_zoho_crm(ProviderApi& api) {
    return std::make_unique<ZohoCrm>(api);
}

}  // namespace evergrant::connectors::zoho
