#include "storage/rescue_journal.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "file_size_limit.h"
#include "temporary_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace evergrant::storage {
namespace {

using evergrant::testing::FileSizeLimit;
using evergrant::testing::TemporaryFolder;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<crypto::AeadKey> keys_of(std::initializer_list<std::string_view> purposes) {
    std::vector<crypto::AeadKey> keys;
    for (const auto purpose : purposes)
        keys.push_back(crypto::hkdf_sha256(crypto::bytes_of("key material"), {}, purpose));
    return keys;
}

RefreshedGrant grant(std::string tenant, Generation generation) {
    RefreshedGrant rescued;
    rescued.lease = {.key = {TenantId(std::move(tenant)), IntegrationId("zoho")},
                     .owner = "replica-1",
                     .generation = generation,
                     .expires_at = Instant(milliseconds(1'700'000'012'345))};
    rescued.tokens.access_token = SecretString("access-token-" + std::to_string(generation));
    rescued.tokens.refresh_token = SecretString("refresh-token-" + std::to_string(generation));
    return rescued;
}

/// Which grants these are, as `tenant/generation`, in order.
std::vector<std::string> names_of(const std::vector<RefreshedGrant>& grants) {
    std::vector<std::string> names;
    for (const auto& rescued : grants)
        names.push_back(rescued.lease.key.tenant.str() + "/" + std::to_string(rescued.lease.generation));
    return names;
}

using Names = std::vector<std::string>;

class RescueJournalTest : public ::testing::Test {
protected:
    std::unique_ptr<RescueJournal> journal(std::initializer_list<std::string_view> purposes = {"journal"}) {
        auto opened = RescueJournal::open(path, keys_of(purposes), random);
        if (!opened)
            throw std::runtime_error(opened.error().message + " " + opened.error().detail);
        return std::move(*opened);
    }
    std::string on_disk() const {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void put_on_disk(std::string_view content) const {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
        ::chmod(path.c_str(), 0600);
    }
    Names read() { return names_of(journal()->read_all().value()); }

    TemporaryFolder folder;
    std::filesystem::path path{folder.path() / "rescue.journal"};
    crypto::SystemRandom random;
};

TEST_F(RescueJournalTest, a_new_journal_is_empty) {
    const auto opened = journal();

    EXPECT_EQ(opened->size(), 0U);
    EXPECT_TRUE(opened->read_all().value().empty());
}

TEST_F(RescueJournalTest, every_field_of_a_grant_comes_back_after_a_restart) {
    auto rescued = grant("acme", 7);
    rescued.tokens.token_type = "Zoho-oauthtoken";
    rescued.tokens.expires_at = sys_seconds(seconds(1'700'003'600));
    rescued.tokens.lifetime = seconds(3600);
    rescued.tokens.scopes = {"crm.read", "crm.write"};
    rescued.tokens.metadata = boost::json::parse(R"({"api_domain":"https://www.zohoapis.eu","n":1.5})").as_object();
    rescued.refresh_due_at = Instant(milliseconds(1'700'003'300'001));
    ASSERT_TRUE(journal()->append(rescued));

    const auto all = journal()->read_all();

    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 1U);
    const auto& [lease, tokens, refresh_due_at, check_at, dies_at] = all->front();
    EXPECT_EQ(lease.key, rescued.lease.key);
    EXPECT_EQ(lease.owner, rescued.lease.owner);
    EXPECT_EQ(lease.generation, rescued.lease.generation);
    EXPECT_EQ(lease.expires_at, rescued.lease.expires_at);
    EXPECT_EQ(tokens.access_token.reveal(), "access-token-7");
    EXPECT_EQ(tokens.refresh_token.reveal(), "refresh-token-7");
    EXPECT_EQ(tokens.token_type, rescued.tokens.token_type);
    EXPECT_EQ(tokens.expires_at, rescued.tokens.expires_at);
    EXPECT_EQ(tokens.lifetime, rescued.tokens.lifetime);
    EXPECT_EQ(tokens.scopes, rescued.tokens.scopes);
    EXPECT_EQ(tokens.metadata, rescued.tokens.metadata);
    EXPECT_EQ(refresh_due_at, rescued.refresh_due_at);
    EXPECT_FALSE(check_at || dies_at) << "the next refresh tells them";
}

TEST_F(RescueJournalTest, what_a_grant_does_not_have_stays_absent) {
    RefreshedGrant rescued = grant("acme", 1);
    rescued.tokens.refresh_token = SecretString();
    ASSERT_TRUE(journal()->append(rescued));

    const auto all = journal()->read_all().value();

    ASSERT_EQ(all.size(), 1U);
    EXPECT_TRUE(all[0].tokens.refresh_token.empty());
    EXPECT_FALSE(all[0].tokens.expires_at);
    EXPECT_FALSE(all[0].refresh_due_at);
    EXPECT_TRUE(all[0].tokens.scopes.empty());
}

TEST_F(RescueJournalTest, tokens_of_any_bytes_and_metadata_of_any_depth_come_back) {
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte)
        every_byte += static_cast<char>(byte);
    RefreshedGrant rescued = grant("acme", (std::uint64_t{1} << 63) + 1);
    rescued.tokens.refresh_token = SecretString(every_byte);
    rescued.tokens.access_token = SecretString(std::string(100'000, '"'));
    boost::json::value deep;
    for (int depth = 0; depth < 100; ++depth)
        deep = boost::json::array{deep};
    rescued.tokens.metadata["deep"] = deep;
    ASSERT_TRUE(journal()->append(rescued));

    const auto all = journal()->read_all().value();

    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].tokens.refresh_token.reveal(), every_byte);
    EXPECT_EQ(all[0].tokens.access_token.reveal(), std::string(100'000, '"'));
    EXPECT_EQ(all[0].lease.generation, (std::uint64_t{1} << 63) + 1);
    EXPECT_EQ(all[0].tokens.metadata, rescued.tokens.metadata);
}

TEST_F(RescueJournalTest, records_come_back_oldest_first) {
    const auto opened = journal();
    ASSERT_TRUE(opened->append(grant("b", 2)));
    ASSERT_TRUE(opened->append(grant("a", 9)));
    ASSERT_TRUE(opened->append(grant("b", 3)));

    EXPECT_EQ(names_of(opened->read_all().value()), (Names{"b/2", "a/9", "b/3"}));
    EXPECT_EQ(opened->size(), 3U);
    EXPECT_EQ(journal()->size(), 3U);
}

TEST_F(RescueJournalTest, the_file_is_private_and_shows_neither_tokens_nor_names) {
    ASSERT_TRUE(journal()->append(grant("acme", 7)));

    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    for (const auto* text : {"access-token", "refresh-token", "acme", "zoho"})
        EXPECT_EQ(on_disk().find(text), std::string::npos) << text;
}

TEST_F(RescueJournalTest, refuses_a_world_readable_file) {
    put_on_disk("");
    ::chmod(path.c_str(), 0604);

    const auto opened = RescueJournal::open(path, keys_of({"journal"}), random);

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::store_unavailable);
}

TEST_F(RescueJournalTest, refuses_a_folder_that_is_not_there) {
    EXPECT_FALSE(RescueJournal::open(folder.path() / "missing" / "rescue.journal", keys_of({"journal"}), random));
}

TEST_F(RescueJournalTest, needs_a_key) {
    EXPECT_THROW((void)RescueJournal::open(path, {}, random), std::invalid_argument);
}

TEST_F(RescueJournalTest, settled_records_go_and_the_others_stay) {
    const auto opened = journal();
    for (const auto& [tenant, generation] : {std::pair{"a", 1U}, {"b", 1U}, {"a", 2U}, {"c", 5U}})
        ASSERT_TRUE(opened->append(grant(tenant, generation)));

    ASSERT_TRUE(opened->remove({grant("a", 1).lease, grant("c", 5).lease}));

    EXPECT_EQ(names_of(opened->read_all().value()), (Names{"b/1", "a/2"}));
    EXPECT_EQ(opened->size(), 2U);
    EXPECT_EQ(read(), (Names{"b/1", "a/2"}));
}

TEST_F(RescueJournalTest, a_record_is_settled_by_key_and_generation_whoever_wrote_it) {
    const auto opened = journal();
    ASSERT_TRUE(opened->append(grant("a", 1)));
    auto settled = grant("a", 1).lease;
    settled.owner = "another replica";
    settled.expires_at = Instant(milliseconds(0));

    ASSERT_TRUE(opened->remove({settled}));

    EXPECT_EQ(opened->size(), 0U);
}

TEST_F(RescueJournalTest, removing_what_is_not_there_changes_nothing) {
    const auto opened = journal();
    ASSERT_TRUE(opened->append(grant("a", 1)));
    const auto before = on_disk();
    auto other_integration = grant("a", 1).lease;
    other_integration.key.integration = IntegrationId("hubspot");

    ASSERT_TRUE(opened->remove({grant("a", 2).lease, grant("b", 1).lease, other_integration}));

    EXPECT_EQ(on_disk(), before);
    EXPECT_EQ(opened->size(), 1U);
}

TEST_F(RescueJournalTest, a_journal_with_everything_settled_is_an_empty_file) {
    const auto opened = journal();
    ASSERT_TRUE(opened->append(grant("a", 1)));
    ASSERT_TRUE(opened->append(grant("a", 1)));

    ASSERT_TRUE(opened->remove({grant("a", 1).lease}));

    EXPECT_EQ(std::filesystem::file_size(path), 0U);
    EXPECT_EQ(opened->size(), 0U);
}

TEST_F(RescueJournalTest, what_is_appended_after_a_removal_is_kept) {
    const auto opened = journal();
    ASSERT_TRUE(opened->append(grant("a", 1)));
    ASSERT_TRUE(opened->append(grant("b", 1)));
    ASSERT_TRUE(opened->remove({grant("a", 1).lease}));

    ASSERT_TRUE(opened->append(grant("c", 1)));

    EXPECT_EQ(read(), (Names{"b/1", "c/1"}));
}

TEST_F(RescueJournalTest, a_crash_at_any_byte_of_an_append_loses_nothing_before_it) {
    {
        const auto opened = journal();
        ASSERT_TRUE(opened->append(grant("a", 1)));
        ASSERT_TRUE(opened->append(grant("b", 1)));
    }
    const auto confirmed = std::filesystem::file_size(path);
    ASSERT_TRUE(journal()->append(grant("c", 1)));
    const auto whole = on_disk();

    for (std::size_t size = confirmed; size < whole.size(); ++size) {
        SCOPED_TRACE(size);
        put_on_disk(std::string_view(whole).substr(0, size));

        const auto opened = journal();
        EXPECT_EQ(opened->size(), 2U);
        EXPECT_EQ(names_of(opened->read_all().value()), (Names{"a/1", "b/1"}));
        ASSERT_TRUE(opened->append(grant("d", 1)));

        EXPECT_EQ(names_of(opened->read_all().value()), (Names{"a/1", "b/1", "d/1"}));
    }
}

TEST_F(RescueJournalTest, a_flipped_bit_costs_at_most_its_own_record_which_is_kept) {
    const Names names{"a/1", "b/1", "c/1"};
    {
        const auto opened = journal();
        for (const auto* tenant : {"a", "b", "c"})
            ASSERT_TRUE(opened->append(grant(tenant, 1)));
    }
    const auto whole = on_disk();
    const auto record = whole.size() / names.size();
    ASSERT_EQ(whole.size() % names.size(), 0U);

    for (std::size_t byte = 0; byte < whole.size(); ++byte) {
        SCOPED_TRACE(byte);
        auto changed = whole;
        changed[byte] = static_cast<char>(changed[byte] ^ (1 << (byte % 8)));
        put_on_disk(changed);
        auto others = names;
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(byte / record));

        const auto opened = journal();
        const auto found = names_of(opened->read_all().value());

        EXPECT_EQ(opened->size(), 3U);
        EXPECT_TRUE(std::ranges::includes(found, others));
        EXPECT_EQ(on_disk(), changed);
    }
}

TEST_F(RescueJournalTest, a_record_that_does_not_open_is_kept_when_others_are_removed) {
    ASSERT_TRUE(journal({"a lost key"})->append(grant("a", 1)));
    const auto closed = on_disk();
    const auto opened = journal();
    ASSERT_TRUE(opened->append(grant("b", 1)));
    EXPECT_EQ(opened->size(), 2U);

    ASSERT_TRUE(opened->remove({grant("a", 1).lease, grant("b", 1).lease}));

    EXPECT_EQ(on_disk(), closed);
    EXPECT_EQ(opened->size(), 1U);
    EXPECT_EQ(names_of(journal({"a lost key"})->read_all().value()), (Names{"a/1"}));
}

TEST_F(RescueJournalTest, opens_what_an_older_key_sealed_and_seals_with_the_first) {
    ASSERT_TRUE(journal({"old"})->append(grant("a", 1)));
    ASSERT_TRUE(journal({"new", "old"})->append(grant("b", 1)));

    EXPECT_EQ(names_of(journal({"new", "old"})->read_all().value()), (Names{"a/1", "b/1"}));
    EXPECT_EQ(names_of(journal({"new"})->read_all().value()), (Names{"b/1"}));
    EXPECT_EQ(names_of(journal({"old"})->read_all().value()), (Names{"a/1"}));
}

TEST_F(RescueJournalTest, a_record_that_does_not_fit_on_the_disk_is_an_error_and_costs_no_other) {
    const auto opened = journal();
    ASSERT_TRUE(opened->append(grant("a", 1)));
    const auto confirmed = std::filesystem::file_size(path);
    {
        const FileSizeLimit full(confirmed + 20);

        const auto appended = opened->append(grant("b", 1));

        ASSERT_FALSE(appended);
        EXPECT_EQ(appended.error().code, Errc::store_unavailable);
        EXPECT_EQ(opened->size(), 1U);
        EXPECT_EQ(std::filesystem::file_size(path), confirmed);
    }
    ASSERT_TRUE(opened->append(grant("b", 1)));
    EXPECT_EQ(read(), (Names{"a/1", "b/1"}));
}

TEST_F(RescueJournalTest, a_removal_that_fails_changes_nothing) {
    const auto opened = journal();
    ASSERT_TRUE(opened->append(grant("a", 1)));
    ASSERT_TRUE(opened->append(grant("b", 1)));
    {
        const FileSizeLimit full(20);

        EXPECT_FALSE(opened->remove({grant("a", 1).lease}));
    }
    EXPECT_EQ(opened->size(), 2U);
    EXPECT_EQ(names_of(opened->read_all().value()), (Names{"a/1", "b/1"}));
}

TEST_F(RescueJournalTest, threads_append_and_remove_at_once) {
    const auto opened = journal();
    std::vector<std::jthread> workers;
    for (const auto* tenant : {"a", "b", "c", "d"})
        workers.emplace_back([&opened, tenant] {
            for (Generation generation = 1; generation <= 10; ++generation) {
                (void)opened->append(grant(tenant, generation));
                if (generation % 2 == 0)
                    (void)opened->remove({grant(tenant, generation - 1).lease});
            }
        });
    workers.clear();

    EXPECT_EQ(opened->size(), 20U);
    EXPECT_EQ(read().size(), 20U);
}

}  // namespace
}  // namespace evergrant::storage
