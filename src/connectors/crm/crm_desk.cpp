#include "connectors/crm/crm_desk.h"

#include "connectors/crm/phone_number.h"
#include "connectors/crm/same_customer.h"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <set>
#include <utility>

namespace evergrant::connectors {

namespace {

constexpr std::chrono::seconds longest_write{45};
/// Each number and the address is a turn, and a search.
constexpr std::size_t most_turns = 10;

void normalise(Customer& customer, std::string_view region) {
    for (Phone& phone : customer.phones)
        phone.number = normalised_phone(phone.number, region);
}

Result<void> normalise(CustomerChange& change, std::string_view region) {
    if (!change.phones)
        return {};
    for (Phone& phone : *change.phones) {
        auto number = parse_phone(phone.number, region);
        if (!number)
            return std::unexpected(std::move(number).error());
        phone.number = std::move(*number);
    }
    return {};
}

/// A hash: the store is not told whose number it is. Another CRM, or the same with the key of another account, has
/// names of its own.
std::string turn_name(const ConnectionKey& key, const OpenApi& api, std::string_view what, std::string_view value) {
    return HeldTurn::name_of(
        {"crm customer", key.tenant.str(), key.integration.str(), api.provider->crm, api.credential, what, value});
}

std::vector<std::string> numbers_of(const CustomerChange& change) {
    std::vector<std::string> numbers;
    if (change.phones)
        std::ranges::transform(*change.phones, std::back_inserter(numbers), &Phone::number);
    return numbers;
}

/// By what a customer is found, in one order for all: who takes several turns waits for nobody who waits for them.
std::vector<std::string> turn_names(const ConnectionKey& key, const OpenApi& api, const CustomerChange& change) {
    std::set<std::string> names;
    for (const std::string& number : numbers_of(change))
        names.insert(turn_name(key, api, "phone", number));
    if (change.email && !change.email->empty())
        names.insert(turn_name(key, api, "email", lower_case(*change.email)));
    return {names.begin(), names.end()};
}

/// Nothing was made if this is what creating answers: it was refused, or never sent. Of all else nobody knows.
bool is_refusal(Errc code) {
    constexpr std::array refusals{Errc::invalid_request,
                                  Errc::forbidden,
                                  Errc::conflict,
                                  Errc::not_found,
                                  Errc::egress_denied,
                                  Errc::no_connection,
                                  Errc::reauthorization_required,
                                  Errc::rate_limited,
                                  Errc::provider_unreachable,
                                  Errc::store_unavailable};
    return std::ranges::find(refusals, code) != refusals.end();
}

/// What is remembered may have been removed since, or be an id of another account's.
bool is_no_record(Errc code) {
    return code == Errc::not_found || code == Errc::invalid_request;
}

template <class T>
CrmAnswer<T> answer_of(const OpenApi& api, T value) {
    return {.value = std::move(value), .crm = api.provider->crm, .credential = api.credential};
}

}  // namespace

CrmDesk::CrmDesk(Parts parts, CrmDesks& all) : parts_(std::move(parts)), all_(all) {
    all_.add(*this);
}

async::Task<Result<CrmDesk::Opened>> CrmDesk::open(CrmCall call) {
    if (!call.region.empty() && !is_region(call.region))
        co_return invalid_field("region", "region must be a country's two capital letters, such as US.");
    Opened opened;
    auto api = co_await parts_.apis.open(call.key, call.caller, call.deadline);
    if (!api)
        co_return std::unexpected(std::move(api).error());
    opened.api = std::move(*api);
    opened.crm = parts_.make(*opened.api.provider, *opened.api.api);
    if (!opened.crm)
        co_return failure(Errc::invalid_request, "The connection's provider, " + opened.api.provider->name +
                                                     ", is no CRM that is known here: its catalogue entry names none.");
    auto region = co_await region_of(std::move(call));
    if (!region)
        co_return std::unexpected(std::move(region).error());
    opened.region = std::move(*region);
    co_return opened;
}

async::Task<Result<std::string>> CrmDesk::region_of(CrmCall call) {
    if (!call.region.empty())
        co_return call.region;
    const auto tenant = co_await parts_.store.find_tenant(call.key.tenant);
    if (!tenant)
        co_return std::unexpected(tenant.error());
    const std::optional<storage::Tenant>& found = *tenant;
    const boost::json::value* region = found ? found->settings.if_contains("region") : nullptr;
    if (region == nullptr || !region->is_string())
        co_return std::string();
    std::string named(region->get_string());
    if (!is_region(named))
        co_return std::string();
    co_return named;
}

async::Task<Result<CrmAnswer<CustomerPage>>> CrmDesk::find_customers(CrmCall call, CustomerQuery query) {
    auto opened = co_await open(std::move(call));
    if (!opened)
        co_return std::unexpected(std::move(opened).error());
    std::string phone;
    if (!query.phone.empty()) {
        auto number = parse_phone(query.phone, opened->region);
        if (!number)
            co_return std::unexpected(std::move(number).error());
        phone = std::move(*number);
    }
    Result<CustomerPage> page;
    if (query.words.empty()) {
        auto finding = phone.empty() ? opened->crm->find_by_email(query.email) : opened->crm->find_by_phone(phone);
        auto found = co_await std::move(finding);
        if (!found)
            co_return std::unexpected(std::move(found).error());
        found->resize(std::min(found->size(), query.page.limit));
        page->customers = std::move(*found);
    } else {
        page = co_await opened->crm->search(query.words, query.page);
    }
    if (!page)
        co_return std::unexpected(std::move(page).error());
    const std::string region = opened->region.empty() ? region_of_phone(phone) : opened->region;
    for (Customer& customer : page->customers)
        normalise(customer, region);
    co_return answer_of(opened->api, std::move(*page));
}

async::Task<Result<CrmAnswer<Customer>>> CrmDesk::find(CrmCall call, std::string id) {
    auto opened = co_await open(std::move(call));
    if (!opened)
        co_return std::unexpected(std::move(opened).error());
    auto customer = co_await opened->crm->find(std::move(id));
    if (!customer)
        co_return std::unexpected(std::move(customer).error());
    normalise(*customer, opened->region);
    co_return answer_of(opened->api, std::move(*customer));
}

async::Task<Result<CrmAnswer<Written>>> CrmDesk::save(CrmCall call, CustomerChange change) {
    async::Shard& home = all_.home_of(call.key);
    CrmDesk& desk = all_.of(home);
    auto work = [&desk, call, change] { return desk.save_at_home(call, change); };
    const std::function<async::Task<Result<CrmAnswer<Written>>>()> saving = work;
    co_return co_await async::run_on<Result<CrmAnswer<Written>>>(home, saving);
}

async::Task<Result<CrmAnswer<Written>>> CrmDesk::save_at_home(CrmCall call, CustomerChange change) {
    call.deadline = call.deadline.sooner(async::Deadline::after(longest_write));
    auto opened = co_await open(call);
    if (!opened)
        co_return std::unexpected(std::move(opened).error());
    const auto read = normalise(change, opened->region);
    if (!read)
        co_return std::unexpected(read.error());
    const std::vector<std::string> names = turn_names(call.key, opened->api, change);
    if (names.empty())
        co_return invalid_field("phones", "A phone number or an e-mail address is needed to find the customer by.");
    if (names.size() > most_turns)
        co_return invalid_field("phones", "These are too many numbers for one customer.");

    std::vector<async::Lines::Pass> passes;
    std::vector<HeldTurn> turns;
    turns.reserve(names.size());
    for (const std::string& name : names) {
        auto pass = co_await lines_.enter(name, call.deadline);
        if (!pass)
            co_return std::unexpected(std::move(pass).error());
        passes.push_back(std::move(*pass));
    }
    for (const std::string& name : names) {
        turns.emplace_back(parts_.shard, storage::turns_of(parts_.store), parts_.random);
        const auto taken = co_await turns.back().take(name, call.deadline);
        if (!taken)
            co_return std::unexpected(taken.error());
    }
    auto written = co_await write(opened->crm.get(), std::move(change), &turns);
    const std::string made = written ? written->id : std::string();
    for (HeldTurn& turn : turns)
        co_await turn.settle(made);
    if (!written)
        co_return std::unexpected(std::move(written).error());
    co_return answer_of(opened->api, std::move(*written));
}

/// The one that was made some minutes ago, else the one the CRM finds. Without an id: there is nobody.
async::Task<Result<Customer>> CrmDesk::find_same(Crm* crm, CustomerChange change, std::vector<std::string> known) {
    for (const std::string& id : known) {
        auto customer = co_await crm->read(id);
        if (!customer && !is_no_record(customer.error().code))
            co_return std::unexpected(std::move(customer).error());
        if (customer && is_same_customer(*customer, change))
            co_return customer;
    }
    const auto is_same = [&](const Customer& customer) { return is_same_customer(customer, change); };
    const std::vector<std::string> numbers = numbers_of(change);
    for (const std::string& number : numbers) {
        const auto found = co_await crm->find_by_phone(number);
        if (!found)
            co_return std::unexpected(found.error());
        const auto same = std::ranges::find_if(*found, is_same);
        if (same != found->end())
            co_return *same;
    }
    const std::string email = change.email.value_or("");
    if (email.empty())
        co_return Customer();
    const auto found = co_await crm->find_by_email(email);
    if (!found)
        co_return std::unexpected(found.error());
    const auto same = std::ranges::find_if(*found, is_same);
    if (same == found->end())
        co_return Customer();
    co_return *same;
}

async::Task<Result<Written>> CrmDesk::write(Crm* crm, CustomerChange change, std::vector<HeldTurn>* turns) {
    std::vector<std::string> known;
    for (const HeldTurn& turn : *turns)
        if (!turn.known().empty() && std::ranges::find(known, turn.known()) == known.end())
            known.push_back(turn.known());
    const auto same = co_await find_same(crm, change, std::move(known));
    if (!same)
        co_return std::unexpected(same.error());
    if (!same->id.empty()) {
        Written written;
        written.id = same->id;
        CustomerChange news = news_for(*same, std::move(change));
        if (says_nothing(news))
            co_return written;
        const auto changed = co_await crm->update(written.id, std::move(news));
        if (!changed)
            co_return std::unexpected(changed.error());
        co_return written;
    }
    for (HeldTurn& turn : *turns)
        turn.outcome_is_unknown();
    auto created = co_await crm->create(std::move(change));
    if (created || is_refusal(created.error().code)) {
        for (HeldTurn& turn : *turns)
            turn.outcome_is_known();
    }
    co_return created;
}

async::Task<Result<CrmAnswer<Written>>> CrmDesk::update(CrmCall call, std::string id, CustomerChange change) {
    auto opened = co_await open(std::move(call));
    if (!opened)
        co_return std::unexpected(std::move(opened).error());
    const auto read = normalise(change, opened->region);
    if (!read)
        co_return std::unexpected(read.error());
    if (says_nothing(change))
        co_return failure(Errc::invalid_request, "There is nothing to change in this.");
    Written written;
    written.id = std::move(id);
    const auto changed = co_await opened->crm->update(written.id, std::move(change));
    if (!changed)
        co_return std::unexpected(changed.error());
    co_return answer_of(opened->api, std::move(written));
}

async::Task<Result<CrmAnswer<std::string>>> CrmDesk::log_call(CrmCall call, CallActivity activity) {
    auto opened = co_await open(std::move(call));
    if (!opened)
        co_return std::unexpected(std::move(opened).error());
    if (!activity.phone.empty()) {
        auto number = parse_phone(activity.phone, opened->region);
        if (!number)
            co_return std::unexpected(std::move(number).error());
        activity.phone = std::move(*number);
    }
    auto logged = co_await opened->crm->log_call(std::move(activity));
    if (!logged)
        co_return std::unexpected(std::move(logged).error());
    co_return answer_of(opened->api, std::move(*logged));
}

async::Task<Result<CrmAnswer<InteractionPage>>> CrmDesk::interactions(CrmCall call, std::string id, PageQuery page) {
    auto opened = co_await open(std::move(call));
    if (!opened)
        co_return std::unexpected(std::move(opened).error());
    auto found = co_await opened->crm->interactions(std::move(id), std::move(page));
    if (!found)
        co_return std::unexpected(std::move(found).error());
    co_return answer_of(opened->api, std::move(*found));
}

}  // namespace evergrant::connectors
