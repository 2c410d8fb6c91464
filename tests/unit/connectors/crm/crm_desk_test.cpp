#include "connectors/crm/crm_desk.h"

#include "crypto/random.h"
#include "scripted_api.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/turns.h"
#include "temporary_folder.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace evergrant::connectors {

namespace {

/// A CRM whose search finds only what was there at the beginning: its index lags. Thread-safe.
struct SlowCrm {
    std::mutex mutex;
    std::map<std::string, Customer> indexed;
    std::map<std::string, CustomerChange> created;
    std::vector<std::pair<std::string, CustomerChange>> updates;
    std::vector<std::string> searches;
    bool answers_everybody{false};        ///< whatever the filter
    std::optional<Errc> loses_answers{};  ///< to what creates: what is answered instead
    std::optional<Errc> refusal{};        ///< of what creates
};

class SlowCrmConnector final : public Crm {
public:
    explicit SlowCrmConnector(SlowCrm& crm) : crm_(crm) {}

    async::Task<Result<std::vector<Customer>>> find_by_phone(std::string phone) override {
        const std::lock_guard lock(crm_.mutex);
        crm_.searches.push_back(phone);
        std::vector<Customer> found;
        for (const auto& [id, customer] : crm_.indexed)
            if (crm_.answers_everybody || (!customer.phones.empty() && customer.phones.front().number == phone))
                found.push_back(customer);
        co_return found;
    }
    async::Task<Result<std::vector<Customer>>> find_by_email(std::string email) override {
        const std::lock_guard lock(crm_.mutex);
        crm_.searches.push_back(email);
        std::vector<Customer> found;
        for (const auto& [id, customer] : crm_.indexed)
            if (crm_.answers_everybody || customer.email == email)
                found.push_back(customer);
        co_return found;
    }
    async::Task<Result<CustomerPage>> search(std::string, PageQuery) override {
        const std::lock_guard lock(crm_.mutex);
        CustomerPage page;
        for (const auto& [id, customer] : crm_.indexed)
            page.customers.push_back(customer);
        co_return page;
    }
    async::Task<Result<Customer>> find(std::string) override { co_return failure(Errc::not_found, "None."); }
    async::Task<Result<Customer>> read(std::string id) override {
        const std::lock_guard lock(crm_.mutex);
        if (id.starts_with("theirs:"))
            co_return failure(Errc::invalid_request, "id is none of this CRM's.");
        const auto indexed = crm_.indexed.find(id);
        if (indexed != crm_.indexed.end())
            co_return indexed->second;
        const auto created = crm_.created.find(id);
        if (created == crm_.created.end())
            co_return failure(Errc::not_found, "There is no such customer.");
        Customer customer{.id = id, .kind = "contact"};
        customer.phones = created->second.phones.value_or(std::vector<Phone>());
        customer.email = created->second.email.value_or("");
        co_return customer;
    }
    async::Task<Result<Written>> create(CustomerChange customer) override {
        const std::lock_guard lock(crm_.mutex);
        if (crm_.refusal)
            co_return failure(*crm_.refusal, "The CRM does not make it.");
        std::string id = "made:" + std::to_string(crm_.created.size() + 1);
        crm_.created.emplace(id, std::move(customer));
        if (crm_.loses_answers)
            co_return failure(*crm_.loses_answers, "Whether it was made nobody knows.");
        co_return Written{.id = std::move(id), .created = true};
    }
    async::Task<Result<void>> update(std::string id, CustomerChange change) override {
        const std::lock_guard lock(crm_.mutex);
        if (!crm_.indexed.contains(id) && !crm_.created.contains(id))
            co_return failure(Errc::not_found, "There is no such customer.");
        crm_.updates.emplace_back(std::move(id), std::move(change));
        co_return Result<void>();
    }
    async::Task<Result<std::string>> log_call(CallActivity call) override { co_return call.phone; }
    async::Task<Result<InteractionPage>> interactions(std::string, PageQuery) override { co_return InteractionPage(); }

private:
    SlowCrm& crm_;
};

class FakeApis final : public ApiDesk {
public:
    explicit FakeApis(const catalog::Provider& provider) : provider_(provider) {}
    async::Task<Result<OpenApi>> open(ConnectionKey, ApiCaller, async::Deadline) override {
        OpenApi open;
        open.api = std::make_unique<evergrant::testing::ScriptedApi>();
        open.provider = &provider_;
        open.credential = credential;
        co_return open;
    }

    std::string credential{"connection"};

private:
    const catalog::Provider& provider_;
};

class CrmDeskTest : public ::testing::Test {
protected:
    CrmDeskTest() {
        provider_.crm = "zoho";
        provider_.name = "Zoho CRM";
        storage::SqliteOptions options;
        options.folder = folder_.path() / "data";
        const auto ring = storage::KeyRing::parse(master_keys());
        store_ = std::move(storage::open_sqlite_store(options, *ring, random_, clock_).value());
        for (std::size_t index = 0; index < shards_.size(); ++index)
            desks_.push_back(std::make_unique<CrmDesk>(parts_of(shards_[index]), all_));
        shards_.start();
    }
    ~CrmDeskTest() override { shards_.stop(async::Deadline::after(std::chrono::seconds(5))); }

    static std::vector<SecretString> master_keys() {
        std::vector<SecretString> keys;
        keys.emplace_back("8f4b1c9de2a07356fb1804c7d96e35a2810fbb46c7d3925e6a0d18f29b7c4e53");
        return keys;
    }

    CrmDesk::Parts parts_of(async::Shard& shard) {
        return {.shard = shard,
                .apis = apis_,
                .store = *store_,
                .random = random_,
                .clock = clock_,
                .make = [this](const catalog::Provider& provider, ProviderApi&) -> std::unique_ptr<Crm> {
                    if (provider.crm.empty())
                        return nullptr;
                    return std::make_unique<SlowCrmConnector>(crm_);
                }};
    }

    CrmCall call(const std::string& region = {}) {
        return {.key = {TenantId("acme"), IntegrationId("crm")},
                .caller = {},
                .deadline = async::Deadline::after(std::chrono::seconds(10)),
                .region = region};
    }

    template <class T>
    std::future<T> begin(std::size_t shard, async::Task<T> task) {
        return boost::asio::co_spawn(shards_[shard].context(), std::move(task), boost::asio::use_future);
    }
    template <class T>
    T run(async::Task<T> task) {
        return begin(0, std::move(task)).get();
    }
    Result<CrmAnswer<Written>> saved(CustomerChange change, const std::string& region = {}) {
        return run(desks_.front()->save(call(region), std::move(change)));
    }

    static CustomerChange named(const std::string& last_name, const std::string& phone, const std::string& email = {}) {
        CustomerChange change;
        change.last_name = last_name;
        if (!phone.empty())
            change.phones = {{phone}};
        if (!email.empty())
            change.email = email;
        return change;
    }
    void holds(const std::string& id, const std::string& phone, const std::string& email = {}) {
        Customer customer{.id = id, .kind = "contact"};
        customer.phones = {{phone}};
        customer.email = email;
        crm_.indexed.emplace(id, std::move(customer));
    }
    /// As another replica would hold it.
    std::string only_turn() {
        storage::sqlite::Database raw(folder_.path() / "data" / "evergrant.db", storage::sqlite::Database::Use::read);
        auto row = raw.query("SELECT name FROM turns");
        return row.step() ? row.text() : std::string();
    }
    void has_region(const std::string& region) {
        storage::Tenant tenant;
        tenant.id = TenantId("acme");
        tenant.name = "Acme";
        tenant.settings["region"] = region;
        static_cast<void>(run(store_->create_tenant(std::move(tenant))).value());
    }

    evergrant::testing::TemporaryFolder folder_;
    ManualClock clock_{Instant(std::chrono::milliseconds(1'800'000'000'000))};
    crypto::SystemRandom random_;
    catalog::Provider provider_;
    FakeApis apis_{provider_};
    SlowCrm crm_;
    async::Shards shards_{2};
    std::unique_ptr<storage::Store> store_;
    CrmDesks all_{shards_};
    std::vector<std::unique_ptr<CrmDesk>> desks_;
};

}  // namespace

TEST_F(CrmDeskTest, who_is_found_by_number_is_changed) {
    holds("contacts:1", "+16502530000");

    const auto written = saved(named("Berg", "+1 650 253 0000"));

    EXPECT_EQ(written.value().value.id, "contacts:1");
    EXPECT_FALSE(written.value().value.created);
    EXPECT_EQ(crm_.updates.front().second.last_name, "Berg");
    EXPECT_FALSE(crm_.updates.front().second.phones) << "the number is there already";
}

TEST_F(CrmDeskTest, who_is_not_found_by_number_is_looked_for_by_address) {
    holds("contacts:1", "+442079460018", "anna@example.com");

    const auto written = saved(named("Berg", "+16502530000", "anna@example.com"));

    EXPECT_EQ(written.value().value.id, "contacts:1");
    EXPECT_EQ(crm_.updates.front().second.phones->front().number, "+16502530000");
}

TEST_F(CrmDeskTest, who_is_not_found_is_created_with_the_number_in_e164) {
    const auto written = saved(named("Berg", "(650) 253-0000"), "US");

    EXPECT_TRUE(written.value().value.created);
    EXPECT_EQ(written.value().crm, "zoho");
    EXPECT_EQ(crm_.created.begin()->second.phones->front().number, "+16502530000");
}

TEST_F(CrmDeskTest, what_was_just_created_is_changed_although_the_crm_does_not_find_it_yet) {
    const auto first = saved(named("Berg", "+16502530000"));

    const auto second = saved(named("Dahl", "+16502530000"));

    EXPECT_EQ(second.value().value.id, first.value().value.id);
    EXPECT_FALSE(second.value().value.created);
    EXPECT_EQ(crm_.created.size(), 1U);
}

TEST_F(CrmDeskTest, one_known_by_number_and_address_is_found_by_either_although_the_crm_lags) {
    saved(named("Berg", "+16502530000", "Anna@example.com")).value();

    const auto by_address = saved(named("Berg", "", "anna@EXAMPLE.com"));
    const auto by_number = saved(named("Berg", "+16502530000"));

    EXPECT_FALSE(by_address.value().value.created);
    EXPECT_FALSE(by_number.value().value.created);
}

TEST_F(CrmDeskTest, what_was_created_and_then_removed_in_the_crm_is_created_again) {
    saved(named("Berg", "+16502530000")).value();
    crm_.created.clear();
    crm_.updates.clear();

    const auto again = saved(named("Berg", "+16502530000"));

    EXPECT_TRUE(again.value().value.created);
}

TEST_F(CrmDeskTest, many_who_save_one_number_at_once_on_all_shards_make_one_customer) {
    std::vector<std::future<Result<CrmAnswer<Written>>>> saves;
    for (std::size_t i = 0; i < 60; ++i) {
        const std::size_t shard = i % shards_.size();
        saves.push_back(begin(shard, desks_[shard]->save(call(), named("Berg", "+16502530000"))));
    }

    std::size_t made = 0;
    for (auto& save : saves)
        made += save.get().value().value.created ? 1U : 0U;

    EXPECT_EQ(made, 1U);
    EXPECT_EQ(crm_.created.size(), 1U);
    EXPECT_EQ(crm_.searches.size(), 1U) << "the others are told what the first has made";
}

TEST_F(CrmDeskTest, another_replica_that_writes_the_same_customer_is_waited_for) {
    storage::TurnStore& turns = storage::turns_of(*store_);
    auto saving = begin(0, desks_.front()->save(call(), named("Berg", "+16502530000")));
    saving.wait();
    ASSERT_TRUE(saving.get());
    const std::string name = only_turn();
    ASSERT_TRUE(run(turns.take_turn({name, "another replica", std::chrono::minutes(1)})).value().taken);

    auto waiting = begin(0, desks_.front()->save(call(), named("Dahl", "+16502530000")));
    EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
    ASSERT_TRUE(run(turns.end_turn(name, "another replica", "made:1")).value());

    EXPECT_EQ(waiting.get().value().value.id, "made:1");
}

TEST_F(CrmDeskTest, after_a_creation_whose_answer_was_lost_the_number_rests_until_the_crm_can_tell) {
    crm_.loses_answers = Errc::provider_timeout;
    EXPECT_EQ(saved(named("Berg", "+16502530000")).error().code, Errc::provider_timeout);
    crm_.loses_answers.reset();
    clock_.advance(std::chrono::minutes(9));

    CrmCall soon = call();
    soon.deadline = async::Deadline::after(std::chrono::milliseconds(600));
    const auto refused = run(desks_.front()->save(soon, named("Berg", "+16502530000")));
    clock_.advance(std::chrono::minutes(1));
    holds("made:1", "+16502530000");
    const auto later = saved(named("Berg", "+16502530000"));

    EXPECT_EQ(refused.error().code, Errc::overloaded);
    EXPECT_FALSE(later.value().value.created);
}

TEST_F(CrmDeskTest, any_error_that_is_no_refusal_leaves_open_whether_it_was_made) {
    for (const Errc lost : {Errc::provider_error, Errc::internal_error}) {
        const std::string phone = "+1650253000" + std::to_string(static_cast<int>(lost) % 10);
        crm_.loses_answers = lost;
        EXPECT_EQ(saved(named("Berg", phone)).error().code, lost);

        CrmCall soon = call();
        soon.deadline = async::Deadline::after(std::chrono::milliseconds(600));
        const auto next = run(desks_.front()->save(soon, named("Berg", phone)));

        EXPECT_EQ(next.error().code, Errc::overloaded);
    }
}

TEST_F(CrmDeskTest, after_a_refusal_the_next_may_try_at_once) {
    for (const Errc refusal : {Errc::invalid_request, Errc::rate_limited, Errc::provider_unreachable}) {
        crm_.refusal = refusal;

        EXPECT_EQ(saved(named("Berg", "+16502530000")).error().code, refusal);
    }
    crm_.refusal.reset();

    EXPECT_TRUE(saved(named("Berg", "+16502530000")).value().value.created);
}

TEST_F(CrmDeskTest, what_was_made_in_one_account_is_not_changed_in_another_that_stands_in) {
    saved(named("Berg", "+16502530000")).value();
    crm_.created["made:1"] = named("Somebody", "+16502530000");
    apis_.credential = "HUBSPOT_API_KEY";

    EXPECT_TRUE(saved(named("Berg", "+16502530000")).value().value.created);
}

TEST_F(CrmDeskTest, what_was_made_is_not_changed_where_its_id_is_another_customer_by_now) {
    saved(named("Berg", "+16502530000")).value();
    crm_.created["made:1"] = named("Somebody", "+442079460018", "somebody@example.com");

    EXPECT_TRUE(saved(named("Berg", "+16502530000")).value().value.created);
    EXPECT_TRUE(crm_.updates.empty());
}

TEST_F(CrmDeskTest, an_id_that_the_crm_does_not_take_any_more_is_forgotten) {
    saved(named("Berg", "+16502530000")).value();
    storage::TurnStore& turns = storage::turns_of(*store_);
    const std::string name = only_turn();
    ASSERT_TRUE(run(turns.take_turn({name, "before", std::chrono::minutes(1)})).value().taken);
    ASSERT_TRUE(run(turns.end_turn(name, "before", "theirs:1")).value());

    EXPECT_TRUE(saved(named("Berg", "+16502530000")).value().value.created);
}

TEST_F(CrmDeskTest, a_customer_is_looked_for_by_every_number) {
    holds("contacts:1", "+442079460018");
    CustomerChange change = named("Berg", "+16502530000");
    change.phones->push_back({"+442079460018"});

    EXPECT_EQ(saved(change).value().value.id, "contacts:1");
}

TEST_F(CrmDeskTest, two_who_share_only_a_second_number_make_one_customer) {
    CustomerChange one = named("Berg", "+16502530001");
    one.phones->push_back({"+16502530002"});
    const CustomerChange other = named("Berg", "+16502530002");
    std::vector<std::future<Result<CrmAnswer<Written>>>> saves;
    for (std::size_t i = 0; i < 20; ++i) {
        const std::size_t shard = i % shards_.size();
        saves.push_back(begin(shard, desks_[shard]->save(call(), i % 4 < 2 ? one : other)));
    }

    for (auto& save : saves)
        EXPECT_TRUE(save.get());

    EXPECT_EQ(crm_.created.size(), 1U);
}

TEST_F(CrmDeskTest, more_numbers_than_it_can_look_for_are_refused) {
    CustomerChange change = named("Berg", "+16502530000");
    for (int i = 1; i <= 10; ++i)
        change.phones->push_back({"+165025300" + std::to_string(10 + i)});

    EXPECT_EQ(saved(change).error().fields.front().field, "phones");
    EXPECT_TRUE(crm_.searches.empty());
}

TEST_F(CrmDeskTest, whoever_a_crm_answers_that_ignores_the_filter_is_not_changed) {
    holds("contacts:1", "+442079460018", "somebody@example.com");
    crm_.answers_everybody = true;

    EXPECT_TRUE(saved(named("Berg", "+16502530000", "anna@example.com")).value().value.created);
    EXPECT_TRUE(crm_.updates.empty());
}

TEST_F(CrmDeskTest, without_number_and_address_nothing_is_saved) {
    const auto refused = saved(named("Berg", ""));

    EXPECT_EQ(refused.error().fields.front().field, "phones");
    EXPECT_TRUE(crm_.created.empty());
}

TEST_F(CrmDeskTest, a_number_is_at_home_where_the_request_says_or_else_the_tenant) {
    has_region("GB");
    holds("contacts:1", "+442079460018");
    holds("contacts:2", "+16502530000");

    const auto by_tenant = run(desks_.front()->find_customers(call(), {.phone = "020 7946 0018"}));
    const auto by_request = run(desks_.front()->find_customers(call("US"), {.phone = "650 253 0000"}));

    EXPECT_EQ(by_tenant.value().value.customers.front().id, "contacts:1");
    EXPECT_EQ(by_request.value().value.customers.front().id, "contacts:2");
}

TEST_F(CrmDeskTest, a_region_that_is_none_is_refused) {
    EXPECT_EQ(run(desks_.front()->find(call("usa"), "contacts:1")).error().fields.front().field, "region");
}

TEST_F(CrmDeskTest, numbers_of_the_crm_become_e164_where_they_are_numbers) {
    holds("contacts:1", "(650) 253-0000");
    holds("contacts:2", "ask Anna");

    const auto page = run(desks_.front()->find_customers(call("US"), {.words = "a"}));

    EXPECT_EQ(page.value().value.customers[0].phones.front().number, "+16502530000");
    EXPECT_EQ(page.value().value.customers[1].phones.front().number, "ask Anna");
}

TEST_F(CrmDeskTest, a_provider_that_is_no_crm_is_refused_by_its_name) {
    provider_.crm.clear();

    const auto refused = run(desks_.front()->find(call(), "contacts:1"));

    EXPECT_EQ(refused.error().code, Errc::invalid_request);
    EXPECT_NE(refused.error().message.find("Zoho CRM"), std::string::npos);
}

TEST_F(CrmDeskTest, a_calls_number_is_logged_in_e164) {
    CallActivity activity{.customer_id = "contacts:1", .at = clock_.now_seconds(), .phone = "650 253 0000"};

    EXPECT_EQ(run(desks_.front()->log_call(call("US"), activity)).value().value, "+16502530000");
}

TEST_F(CrmDeskTest, a_change_that_changes_nothing_is_refused) {
    EXPECT_EQ(run(desks_.front()->update(call(), "contacts:1", {})).error().code, Errc::invalid_request);
}

}  // namespace evergrant::connectors
