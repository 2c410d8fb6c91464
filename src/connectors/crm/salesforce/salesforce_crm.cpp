#include "connectors/crm/salesforce/salesforce_crm.h"

#include "connectors/crm/phone_number.h"
#include "connectors/json_fields.h"
#include "connectors/provider_time.h"

#include <algorithm>
#include <optional>

namespace evergrant::connectors::salesforce {

namespace json = boost::json;

namespace {

constexpr std::size_t most_found = 20;
constexpr std::size_t latest_interactions = 10;
constexpr std::size_t most_words = 8;
constexpr std::size_t longest_search = 200;

/// A lead that was converted lives on as a contact.
Condition is_open_lead() {
    return is_true("IsConverted", false);
}

Condition phone_is_one_of(Kind kind, const std::vector<std::string>& forms) {
    std::vector<Condition> fields;
    for (const Name field : phone_fields_of(kind))
        fields.push_back(is_one_of(field, forms));
    return any_of(fields);
}

std::vector<std::string> words_of(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    std::vector<std::string> words;
    while (true) {
        const std::size_t begin = text.find_first_not_of(space);
        if (begin == std::string_view::npos)
            return words;
        text.remove_prefix(begin);
        const std::size_t end = std::min(text.find_first_of(space), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

/// Each word somewhere in the record.
Condition mentions(Kind kind, const std::vector<std::string>& words) {
    std::vector<Condition> all;
    for (const std::string& word : words) {
        std::vector<Condition> somewhere{contains("Name", word), contains("Email", word), contains("Phone", word),
                                         contains("MobilePhone", word)};
        somewhere.push_back(kind == Kind::contact ? contains("Account.Name", word) : contains("Company", word));
        all.push_back(any_of(somewhere));
    }
    if (kind == Kind::lead)
        all.push_back(is_open_lead());
    return all_of(all);
}

/// Where a list goes on: behind the last record that was shown.
struct Place {
    sys_seconds at;
    std::string id;
};

std::string cursor_of(const Interaction& last) {
    return to_iso8601(last.at.value_or(sys_seconds())) + "~" + last.id;
}

Result<std::optional<Place>> place_of(std::string_view cursor) {
    if (cursor.empty())
        return std::nullopt;
    const std::size_t mark = std::min(cursor.find('~'), cursor.size());
    const auto at = parse_provider_time(cursor.substr(0, mark));
    const std::string_view id = cursor.substr(std::min(mark + 1, cursor.size()));
    if (!at || !is_record_id(id))
        return invalid_field("cursor", "cursor must be the nextCursor of an answer before.");
    return Place{.at = *at, .id = std::string(id)};
}

/// What belongs to the customer and, in the order of `newest_first`, comes behind the place.
Query newest_first(Name object, std::vector<Name> fields, Condition whose, const std::optional<Place>& place,
                   std::size_t limit) {
    Condition where = std::move(whose);
    if (place) {
        const Condition same_moment = all_of({equals("CreatedDate", place->at), is_below("Id", place->id)});
        where = all_of({where, any_of({is_below("CreatedDate", place->at), same_moment})});
    }
    return {.object = object,
            .fields = std::move(fields),
            .where = std::move(where),
            .order_by = {{"CreatedDate", Order::descending}, {"Id", Order::descending}},
            .limit = limit};
}

InteractionPage page_of(std::vector<Interaction> found, std::size_t limit) {
    std::ranges::sort(
        found, [](const Interaction& a, const Interaction& b) { return a.at != b.at ? a.at > b.at : a.id > b.id; });
    InteractionPage page;
    const bool more = found.size() > limit;
    found.resize(std::min(found.size(), limit));
    if (more && !found.empty())
        page.next_cursor = cursor_of(found.back());
    page.interactions = std::move(found);
    return page;
}

Result<Kind> kind_to_create(std::string_view kind) {
    if (kind.empty() || kind == name_of(Kind::lead))
        return Kind::lead;
    if (kind == name_of(Kind::contact))
        return Kind::contact;
    return invalid_field("kind", "kind must be contact or lead.");
}

Result<CustomerChange> completed(CustomerChange customer, Kind kind) {
    if (customer.last_name.value_or("").empty())
        return invalid_field("lastName", "lastName is missing: Salesforce has no contact or lead without one.");
    if (kind == Kind::lead && !customer.company)
        customer.company = "";
    return customer;
}

/// The rows whose number it really is: a search in telephone fields also finds fax numbers, and parts of longer ones.
std::vector<Customer> with_phone(const Rows& rows, std::string_view phone) {
    std::vector<Customer> contacts;
    std::vector<Customer> leads;
    for (const json::object& row : rows) {
        const auto kind = kind_of(text_at(row, "Id"));
        if (!kind)
            continue;
        Customer customer = customer_of(row, *kind);
        if (std::ranges::any_of(customer.phones, [&](const Phone& one) { return is_same_phone(one.number, phone); }))
            (*kind == Kind::contact ? contacts : leads).push_back(std::move(customer));
    }
    std::ranges::move(leads, std::back_inserter(contacts));
    contacts.resize(std::min(contacts.size(), most_found));
    return contacts;
}

std::string search_in_phones(const std::vector<std::string>& forms) {
    std::vector<Returning> returning;
    returning.push_back({"Contact", fields_of(Kind::contact), {}, most_found});
    returning.push_back({"Lead", fields_of(Kind::lead), {is_open_lead()}, most_found});
    return sosl_in_phones(forms, returning);
}

}  // namespace

async::Task<Result<std::vector<Customer>>> SalesforceCrm::customers(Kind kind, Condition where, std::size_t limit) {
    Query query{.object = object_of(kind),
                .fields = fields_of(kind),
                .where = std::move(where),
                .order_by = {{"Id", Order::ascending}},
                .limit = limit};
    const auto rows = co_await rest_.query(std::move(query));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<Customer> found;
    for (const json::object& row : *rows)
        found.push_back(customer_of(row, kind));
    co_return found;
}

async::Task<Result<std::vector<Customer>>> SalesforceCrm::customers_of_both(Condition contacts, Condition leads) {
    auto found = co_await customers(Kind::contact, std::move(contacts), most_found);
    if (!found || found->size() == most_found)
        co_return found;
    auto rest = co_await customers(Kind::lead, std::move(leads), most_found - found->size());
    if (!rest)
        co_return rest;
    std::ranges::move(*rest, std::back_inserter(*found));
    co_return found;
}

async::Task<Result<std::vector<Customer>>> SalesforceCrm::find_written(std::vector<std::string> phone_forms) {
    const Condition contacts = phone_is_one_of(Kind::contact, phone_forms);
    const Condition leads = all_of({phone_is_one_of(Kind::lead, phone_forms), is_open_lead()});
    co_return co_await customers_of_both(contacts, leads);
}

async::Task<Result<std::vector<Customer>>> SalesforceCrm::find_by_phone(std::string phone) {
    const std::vector<std::string> forms = phone_search_forms(phone);
    const auto rows = co_await rest_.search(search_in_phones(forms));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<Customer> found = with_phone(*rows, phone);
    // The index of searches is minutes behind the records; a query is not, but finds only what is written just so.
    if (found.empty())
        co_return co_await find_written(forms);
    co_return found;
}

async::Task<Result<std::vector<Customer>>> SalesforceCrm::find_by_email(std::string email) {
    const Condition is_it = equals("Email", email);
    const Condition leads = all_of({is_it, is_open_lead()});
    co_return co_await customers_of_both(is_it, leads);
}

async::Task<Result<CustomerPage>> SalesforceCrm::search(std::string text, PageQuery page) {
    const std::vector<std::string> words = words_of(text);
    if (words.empty() || words.size() > most_words || text.size() > longest_search)
        co_return invalid_field("q", "q must be one to eight words, of 200 bytes at most.");
    Kind kind = Kind::contact;
    if (!page.cursor.empty()) {
        const auto named = kind_of(page.cursor);
        if (!named)
            co_return invalid_field("cursor", "cursor must be the nextCursor of an answer before.");
        kind = *named;
    }
    CustomerPage found;
    const std::size_t wanted = page.limit + 1;
    for (std::string after = page.cursor; found.customers.size() < wanted; after.clear()) {
        Condition where = mentions(kind, words);
        if (!after.empty())
            where = all_of({where, is_above("Id", after)});
        auto some = co_await customers(kind, std::move(where), wanted - found.customers.size());
        if (!some)
            co_return std::unexpected(std::move(some).error());
        std::ranges::move(*some, std::back_inserter(found.customers));
        if (kind == Kind::lead)
            break;
        kind = Kind::lead;
    }
    if (found.customers.size() > page.limit) {
        found.customers.resize(page.limit);
        found.next_cursor = found.customers.back().id;
    }
    co_return found;
}

async::Task<Result<Customer>> SalesforceCrm::find(std::string id) {
    const auto kind = kind_of(id);
    if (!kind)
        co_return std::unexpected(kind.error());
    auto row = co_await rest_.read(object_of(*kind), id);
    if (!row)
        co_return std::unexpected(std::move(row).error());
    const std::string account_id = text_at(*row, "AccountId");
    if (is_record_id(account_id)) {
        // Without it the customer is the same, only with less told: a user may see contacts and no accounts.
        const auto account = co_await rest_.read("Account", account_id, "Name");
        if (account)
            (*row)["Account"] = *account;
    }
    Customer customer = customer_of(*row, *kind);
    PageQuery latest;
    latest.limit = latest_interactions;
    auto page = co_await interactions(id, latest);
    if (!page)
        co_return std::unexpected(std::move(page).error());
    customer.interactions = std::move(page->interactions);
    co_return customer;
}

async::Task<Result<Customer>> SalesforceCrm::read(std::string id) {
    const auto kind = kind_of(id);
    if (!kind)
        co_return std::unexpected(kind.error());
    const auto row = co_await rest_.read(object_of(*kind), id);
    if (!row)
        co_return std::unexpected(row.error());
    co_return customer_of(*row, *kind);
}

async::Task<Result<json::value>> SalesforceCrm::account_named(std::string company) {
    if (company.empty())
        co_return json::value(nullptr);
    Query query{.object = "Account", .fields = {"Id"}, .where = equals("Name", company), .order_by = {}, .limit = 2};
    const auto rows = co_await rest_.query(std::move(query));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return invalid_field("company", "company is no account in Salesforce: a contact's company is one.");
    if (rows->size() > 1)
        co_return failure(Errc::conflict, "Several accounts in Salesforce have the name of this company.");
    co_return json::value(text_at(rows->front(), "Id"));
}

async::Task<Result<json::object>> SalesforceCrm::record_to_write(CustomerChange change, Kind kind) {
    auto record = record_of(change, kind);
    if (!record || kind == Kind::lead || !change.company)
        co_return record;
    auto account = co_await account_named(*change.company);
    if (!account)
        co_return std::unexpected(std::move(account).error());
    (*record)["AccountId"] = std::move(*account);
    co_return record;
}

async::Task<Result<Written>> SalesforceCrm::create(CustomerChange customer) {
    const auto kind = kind_to_create(customer.kind);
    if (!kind)
        co_return std::unexpected(kind.error());
    auto whole = completed(std::move(customer), *kind);
    if (!whole)
        co_return std::unexpected(std::move(whole).error());
    auto record = co_await record_to_write(std::move(*whole), *kind);
    if (!record)
        co_return std::unexpected(std::move(record).error());
    auto id = co_await rest_.create(object_of(*kind), std::move(*record));
    if (!id)
        co_return std::unexpected(std::move(id).error());
    Written written;
    written.id = std::move(*id);
    written.created = true;
    co_return written;
}

async::Task<Result<void>> SalesforceCrm::update(std::string id, CustomerChange change) {
    const auto kind = kind_of(id);
    if (!kind)
        co_return std::unexpected(kind.error());
    if (change.last_name && change.last_name->empty())
        co_return invalid_field("lastName", "lastName must not be empty: Salesforce has no customer without one.");
    auto record = co_await record_to_write(std::move(change), *kind);
    if (!record)
        co_return std::unexpected(std::move(record).error());
    if (record->empty())
        co_return Result<void>();
    co_return co_await rest_.change(object_of(*kind), id, std::move(*record));
}

async::Task<Result<std::string>> SalesforceCrm::log_call(CallActivity call) {
    const auto kind = kind_of(call.customer_id);
    if (!kind)
        co_return std::unexpected(kind.error());
    auto ids = co_await rest_.create_all(tasks_of(call));
    if (!ids)
        co_return std::unexpected(std::move(ids).error());
    co_return std::move(ids->front());
}

async::Task<Result<InteractionPage>> SalesforceCrm::interactions(std::string id, PageQuery page) {
    const auto kind = kind_of(id);
    if (!kind)
        co_return std::unexpected(kind.error());
    const auto place = place_of(page.cursor);
    if (!place)
        co_return std::unexpected(place.error());
    const std::size_t wanted = page.limit + 1;
    const auto tasks = co_await rest_.query(newest_first("Task", task_fields(), equals("WhoId", id), *place, wanted));
    if (!tasks)
        co_return std::unexpected(tasks.error());
    const auto notes =
        co_await rest_.query(newest_first("Note", note_fields(), equals("ParentId", id), *place, wanted));
    if (!notes)
        co_return std::unexpected(notes.error());
    std::vector<Interaction> found;
    std::ranges::transform(*tasks, std::back_inserter(found), interaction_of_task);
    std::ranges::transform(*notes, std::back_inserter(found), interaction_of_note);
    co_return page_of(std::move(found), page.limit);
}

}  // namespace evergrant::connectors::salesforce
