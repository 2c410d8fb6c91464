#include "connectors/crm/crm_desk.h"

#include "connectors/crm/phone_number.h"
#include "connectors/held_turn.h"

#include <boost/json/value.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace evergrant::connectors {

namespace {

/// Less than the life of a turn.
constexpr std::chrono::seconds longest_write{45};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return lower;
}

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

std::string turn_name(const ConnectionKey& key, std::string_view what, std::string_view value) {
    return HeldTurn::name_of({"crm customer", key.tenant.str(), key.integration.str(), what, value});
}

std::string first_phone(const CustomerChange& change) {
    return change.phones && !change.phones->empty() ? change.phones->front().number : std::string();
}

/// By what a customer is found, always in this order: who takes two turns waits for nobody who waits for them.
std::vector<std::string> turn_names(const ConnectionKey& key, const CustomerChange& change) {
    std::vector<std::string> names;
    const std::string phone = first_phone(change);
    if (!phone.empty())
        names.push_back(turn_name(key, "phone", phone));
    if (change.email && !change.email->empty())
        names.push_back(turn_name(key, "email", lower_case(*change.email)));
    return names;
}

/// Without the numbers and the address that the customer has already, under whatever label.
CustomerChange news_for(const Customer& customer, CustomerChange change) {
    const auto has = [&](const Phone& wanted) {
        return std::ranges::any_of(customer.phones,
                                   [&](const Phone& phone) { return is_same_phone(phone.number, wanted.number); });
    };
    if (change.phones && std::ranges::all_of(*change.phones, has))
        change.phones.reset();
    if (change.email && lower_case(*change.email) == lower_case(customer.email))
        change.email.reset();
    return change;
}

bool says_nothing(const CustomerChange& change) {
    return !change.first_name && !change.last_name && !change.email && !change.phones && !change.company &&
           !change.title && !change.address && !change.tags && change.custom_fields.empty();
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
    const std::vector<std::string> names = turn_names(call.key, change);
    if (names.empty())
        co_return invalid_field("phones", "A phone number or an e-mail address is needed to find the customer by.");

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
        turns.emplace_back(parts_.shard, parts_.store, parts_.random);
        const auto taken = co_await turns.back().take(name, call.deadline);
        if (!taken)
            co_return std::unexpected(taken.error());
    }
    auto written = co_await write(opened->crm.get(), std::move(change), &turns);
    if (!written)
        co_return std::unexpected(std::move(written).error());
    for (HeldTurn& turn : turns)
        co_await turn.end(written->id);
    co_return answer_of(opened->api, std::move(*written));
}

async::Task<Result<Written>> CrmDesk::write(Crm* crm, CustomerChange change, std::vector<HeldTurn>* turns) {
    Written written;
    for (const HeldTurn& turn : *turns) {
        if (turn.known().empty())
            continue;
        written.id = turn.known();
        const auto changed = co_await crm->update(written.id, change);
        if (changed)
            co_return written;
        if (changed.error().code != Errc::not_found)  // it may have been removed since
            co_return std::unexpected(changed.error());
    }
    Result<std::vector<Customer>> found;
    const std::string phone = first_phone(change);
    if (!phone.empty())
        found = co_await crm->find_by_phone(phone);
    const bool by_email = found && found->empty() && change.email && !change.email->empty();
    if (by_email)
        found = co_await crm->find_by_email(*change.email);
    if (!found)
        co_return std::unexpected(std::move(found).error());
    if (!found->empty()) {
        written.id = found->front().id;
        CustomerChange news = news_for(found->front(), std::move(change));
        if (says_nothing(news))
            co_return written;
        const auto changed = co_await crm->update(written.id, std::move(news));
        if (!changed)
            co_return std::unexpected(changed.error());
        co_return written;
    }
    for (HeldTurn& turn : *turns)
        turn.outcome_is_known(false);
    auto created = co_await crm->create(std::move(change));
    const bool unknown = !created && created.error().code == Errc::provider_timeout;
    for (HeldTurn& turn : *turns)
        turn.outcome_is_known(!unknown);
    if (!created)
        co_return std::unexpected(std::move(created).error());
    written.id = std::move(*created);
    written.created = true;
    co_return written;
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
