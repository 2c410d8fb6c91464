#include "storage/sealer.h"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace evergrant::storage {
namespace {

const std::string first_key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const std::string second_key = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

KeyRing ring_of(std::initializer_list<std::string> keys) {
    std::vector<SecretString> secrets;
    for (const auto& key : keys)
        secrets.emplace_back(key);
    return KeyRing::parse(secrets).value();
}

/// The table of data keys in memory, with transactions: a copy that is put back.
class MemoryTable final : public DataKeyTable {
public:
    std::optional<WrappedDataKey> newest(std::string_view tenant) override {
        const std::lock_guard lock(mutex_);
        std::optional<WrappedDataKey> newest;
        for (const auto& [id, key] : keys_)
            if (key.tenant == tenant)
                newest = key;
        return newest;
    }
    std::optional<WrappedDataKey> find(std::uint64_t id) override {
        const std::lock_guard lock(mutex_);
        ++finds_;
        const auto found = keys_.find(id);
        return found == keys_.end() ? std::nullopt : std::optional(found->second);
    }
    WrappedDataKey insert(std::string_view tenant, std::string_view master_key_id,
                          const std::function<std::string(std::uint64_t id)>& wrap) override {
        const std::lock_guard lock(mutex_);
        const auto id = keys_.empty() ? 1 : keys_.rbegin()->first + 1;
        WrappedDataKey key{.id = id,
                           .tenant = std::string(tenant),
                           .master_key_id = std::string(master_key_id),
                           .wrapped = wrap(id),
                           .seals_reserved = 0};
        return keys_[id] = key;
    }
    void reserve_seals(std::uint64_t id, std::uint64_t total) override {
        const std::lock_guard lock(mutex_);
        if (refuses_reservations)
            throw std::runtime_error("The disk is full.");
        ++reservations_;
        keys_.at(id).seals_reserved = total;
    }

    void begin() { before_ = keys_; }
    void roll_back() { keys_ = before_; }
    void erase(std::string_view tenant) {
        std::erase_if(keys_, [&](const auto& entry) { return entry.second.tenant == tenant; });
    }
    WrappedDataKey& row(std::uint64_t id) { return keys_.at(id); }
    [[nodiscard]] std::size_t size() const { return keys_.size(); }
    [[nodiscard]] int finds() const { return finds_; }
    [[nodiscard]] int reservations() const { return reservations_; }

    bool refuses_reservations{false};

private:
    std::mutex mutex_;
    std::map<std::uint64_t, WrappedDataKey> keys_;
    std::map<std::uint64_t, WrappedDataKey> before_;
    int finds_{0};
    int reservations_{0};
};

class SealerTest : public ::testing::Test {
protected:
    static constexpr SealedPlace place{
        .tenant = "acme", .integration = "zoho", .field = "refresh_token", .generation = 7};

    static std::string opened(Sealer& sealer, MemoryTable& table, const SealedPlace& at, std::string_view box) {
        const auto value = sealer.open(table, at, box);
        return value ? value->reveal() : "error: " + value.error().message;
    }
    std::string opened(const SealedPlace& at, std::string_view box) { return opened(sealer, table, at, box); }

    static constexpr auto refusal = "error: A sealed value does not open.";

    crypto::SystemRandom random;
    MemoryTable table;
    Sealer sealer{ring_of({first_key}), random};
};

TEST_F(SealerTest, opens_what_it_sealed) {
    const auto box = sealer.seal(table, place, "a token");

    EXPECT_EQ(opened(place, box), "a token");
    EXPECT_EQ(box.find("a token"), std::string::npos);
}

TEST_F(SealerTest, a_box_names_version_and_data_key) {
    const auto box = sealer.seal(table, place, "");

    EXPECT_EQ(box.size(), 1 + 8 + crypto::aead_overhead);
    EXPECT_EQ(box.substr(0, 9), std::string("\x01\0\0\0\0\0\0\0\x01", 9));
}

TEST_F(SealerTest, another_process_with_the_same_master_key_opens_it) {
    const auto box = sealer.seal(table, place, "a token");

    Sealer restarted(ring_of({first_key}), random);

    EXPECT_EQ(opened(restarted, table, place, box), "a token");
}

TEST_F(SealerTest, a_value_moved_to_another_row_does_not_open) {
    struct Case {
        std::string_view name;
        SealedPlace place;
    };
    const Case cases[] = {
        {"another tenant", {.tenant = "other", .integration = "zoho", .field = "refresh_token", .generation = 7}},
        {"the deployment", {.tenant = "", .integration = "zoho", .field = "refresh_token", .generation = 7}},
        {"another integration", {.tenant = "acme", .integration = "zoh", .field = "refresh_token", .generation = 7}},
        {"another field", {.tenant = "acme", .integration = "zoho", .field = "access_token", .generation = 7}},
        {"an older generation", {.tenant = "acme", .integration = "zoho", .field = "refresh_token", .generation = 6}},
        {"letters moved between fields",
         {.tenant = "acme", .integration = "zohor", .field = "efresh_token", .generation = 7}},
    };
    const auto box = sealer.seal(table, place, "a token");
    (void)sealer.seal(table, cases[0].place, "makes the other tenant's key");
    (void)sealer.seal(table, cases[1].place, "makes the deployment's key");

    for (const auto& [name, elsewhere] : cases) {
        SCOPED_TRACE(name);

        EXPECT_EQ(opened(elsewhere, box), refusal);
    }
}

TEST_F(SealerTest, a_value_with_any_bit_flipped_does_not_open) {
    const auto box = sealer.seal(table, place, "a token");

    for (std::size_t bit = 0; bit < box.size() * 8; ++bit) {
        SCOPED_TRACE(bit);
        auto changed = box;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));

        EXPECT_EQ(opened(place, changed), refusal);
    }
}

TEST_F(SealerTest, a_value_cut_at_any_byte_does_not_open) {
    const auto box = sealer.seal(table, place, "a token");

    for (std::size_t size = 0; size < box.size(); ++size) {
        SCOPED_TRACE(size);

        EXPECT_EQ(opened(place, std::string_view(box).substr(0, size)), refusal);
    }
}

TEST_F(SealerTest, a_value_under_another_tenants_data_key_does_not_open) {
    const auto box = sealer.seal(table, place, "a token");
    const auto other = sealer.seal(table, {.tenant = "other", .integration = "", .field = "", .generation = 0}, "");

    const auto grafted = other.substr(0, 9) + box.substr(9);

    EXPECT_EQ(opened(place, grafted), refusal);
}

TEST_F(SealerTest, a_data_key_wrapped_for_another_tenant_or_id_does_not_open) {
    const auto box = sealer.seal(table, place, "a token");
    (void)sealer.seal(table, {.tenant = "other", .integration = "", .field = "", .generation = 0}, "");

    Sealer restarted(ring_of({first_key}), random);
    std::swap(table.row(1).wrapped, table.row(2).wrapped);

    EXPECT_EQ(opened(restarted, table, place, box), refusal);
}

TEST_F(SealerTest, without_the_master_key_nothing_opens_and_nothing_is_sealed) {
    const auto box = sealer.seal(table, place, "a token");

    Sealer stranger(ring_of({second_key}), random);

    EXPECT_EQ(opened(stranger, table, place, box), refusal);
    EXPECT_THROW((void)stranger.seal(table, place, "another"), std::runtime_error);
    EXPECT_EQ(table.size(), 1U);
}

TEST_F(SealerTest, any_master_key_of_the_ring_opens_and_the_first_wraps) {
    const auto box = sealer.seal(table, place, "a token");
    const auto ring = ring_of({second_key, first_key});
    Sealer rotated(ring, random);

    EXPECT_EQ(opened(rotated, table, place, box), "a token");
    (void)rotated.seal(table, {.tenant = "new", .integration = "", .field = "", .generation = 0}, "");

    EXPECT_EQ(table.newest("new")->master_key_id, ring.primary().id);
}

TEST_F(SealerTest, each_tenant_has_one_data_key_of_its_own) {
    (void)sealer.seal(table, place, "one");
    (void)sealer.seal(table, place, "two");
    (void)sealer.seal(table, {.tenant = "other", .integration = "", .field = "", .generation = 0}, "three");

    EXPECT_EQ(table.size(), 2U);
    EXPECT_NE(table.row(1).wrapped.substr(12), table.row(2).wrapped.substr(12));
}

TEST_F(SealerTest, opening_again_does_not_ask_the_table) {
    const auto box = sealer.seal(table, place, "a token");
    Sealer restarted(ring_of({first_key}), random);

    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(opened(restarted, table, place, box), "a token");

    EXPECT_EQ(table.finds(), 1);
}

TEST_F(SealerTest, seals_are_reserved_in_blocks_before_they_are_made) {
    (void)sealer.seal(table, place, "");
    EXPECT_EQ(table.row(1).seals_reserved, 1024U);

    for (int i = 1; i < 1024; ++i)
        (void)sealer.seal(table, place, "");
    EXPECT_EQ(table.reservations(), 1);
    (void)sealer.seal(table, place, "");

    EXPECT_EQ(table.row(1).seals_reserved, 2048U);
}

TEST_F(SealerTest, nothing_is_sealed_beyond_a_reservation_that_was_refused) {
    for (int i = 0; i < 1024; ++i)
        (void)sealer.seal(table, place, "");

    table.refuses_reservations = true;
    EXPECT_THROW((void)sealer.seal(table, place, ""), std::runtime_error);
    table.refuses_reservations = false;

    EXPECT_EQ(opened(place, sealer.seal(table, place, "later")), "later");
    EXPECT_EQ(table.row(1).seals_reserved, 2048U);
}

TEST_F(SealerTest, a_restart_counts_the_whole_block_as_used) {
    (void)sealer.seal(table, place, "");

    Sealer restarted(ring_of({first_key}), random);
    (void)restarted.seal(table, place, "");

    EXPECT_EQ(table.row(1).seals_reserved, 2048U);
}

TEST_F(SealerTest, a_reservation_that_was_rolled_back_is_made_again) {
    (void)sealer.seal(table, place, "");
    table.begin();
    for (int i = 0; i < 1024; ++i)
        (void)sealer.seal(table, place, "");
    ASSERT_EQ(table.row(1).seals_reserved, 2048U);

    table.roll_back();
    (void)sealer.seal(table, place, "");

    EXPECT_EQ(table.row(1).seals_reserved, 1025U + 1024U);
}

TEST_F(SealerTest, a_key_that_has_sealed_enough_makes_room_for_a_new_one) {
    const auto old_box = sealer.seal(table, place, "old");
    table.row(1).seals_reserved = Sealer::seals_per_key - 1024;
    Sealer restarted(ring_of({first_key}), random);

    for (int i = 0; i < 1024; ++i)
        (void)restarted.seal(table, place, "");
    ASSERT_EQ(table.size(), 1U);
    const auto new_box = restarted.seal(table, place, "new");

    EXPECT_EQ(table.size(), 2U);
    EXPECT_EQ(table.row(1).seals_reserved, Sealer::seals_per_key);
    EXPECT_EQ(opened(restarted, table, place, old_box), "old");
    EXPECT_EQ(opened(restarted, table, place, new_box), "new");
}

TEST_F(SealerTest, a_data_key_whose_transaction_was_rolled_back_is_not_used_again) {
    table.begin();
    (void)sealer.seal(table, place, "lost");
    table.roll_back();
    sealer.forget("acme");

    const auto box = sealer.seal(table, place, "kept");

    Sealer restarted(ring_of({first_key}), random);
    EXPECT_EQ(opened(restarted, table, place, box), "kept");
}

TEST_F(SealerTest, a_rolled_back_data_key_is_not_used_even_if_nobody_said_forget) {
    table.begin();
    (void)sealer.seal(table, place, "lost");
    table.roll_back();
    const auto others =
        sealer.seal(table, {.tenant = "other", .integration = "", .field = "", .generation = 0}, "kept");

    const auto box = sealer.seal(table, place, "kept");

    Sealer restarted(ring_of({first_key}), random);
    EXPECT_EQ(opened(restarted, table, place, box), "kept");
    EXPECT_EQ(opened(restarted, table, {.tenant = "other", .integration = "", .field = "", .generation = 0}, others),
              "kept");
}

TEST_F(SealerTest, a_data_key_that_another_replica_destroyed_is_not_used_again) {
    (void)sealer.seal(table, place, "before");

    table.erase("acme");
    const auto box = sealer.seal(table, place, "after");

    Sealer restarted(ring_of({first_key}), random);
    EXPECT_EQ(opened(restarted, table, place, box), "after");
}

TEST_F(SealerTest, forgotten_keys_of_a_removed_tenant_open_nothing) {
    const auto box = sealer.seal(table, place, "a token");
    const auto other =
        sealer.seal(table, {.tenant = "other", .integration = "", .field = "", .generation = 0}, "another");

    table.erase("acme");
    sealer.forget("acme");

    EXPECT_EQ(opened(place, box), refusal);
    EXPECT_EQ(opened({.tenant = "other", .integration = "", .field = "", .generation = 0}, other), "another");
}

/// Forgets the tenant just when its key has been read from the table, as a removal on another thread might.
class ForgettingTable final : public DataKeyTable {
public:
    ForgettingTable(MemoryTable& table, Sealer& sealer) : table_(table), sealer_(sealer) {}

    std::optional<WrappedDataKey> newest(std::string_view tenant) override { return table_.newest(tenant); }
    std::optional<WrappedDataKey> find(std::uint64_t id) override {
        auto found = table_.find(id);
        table_.erase("acme");
        sealer_.forget("acme");
        return found;
    }
    WrappedDataKey insert(std::string_view tenant, std::string_view master_key_id,
                          const std::function<std::string(std::uint64_t id)>& wrap) override {
        return table_.insert(tenant, master_key_id, wrap);
    }
    void reserve_seals(std::uint64_t id, std::uint64_t total) override { table_.reserve_seals(id, total); }

private:
    MemoryTable& table_;
    Sealer& sealer_;
};

TEST_F(SealerTest, a_key_forgotten_while_it_was_read_does_not_come_back) {
    const auto box = sealer.seal(table, place, "a token");
    Sealer reader(ring_of({first_key}), random);
    ForgettingTable forgetting(table, reader);

    const auto from_the_old_view = reader.open(forgetting, place, box);

    EXPECT_TRUE(from_the_old_view);
    EXPECT_EQ(opened(reader, table, place, box), refusal);
}

TEST_F(SealerTest, only_keys_used_lately_are_remembered_and_others_are_asked_for_again) {
    Sealer narrow(ring_of({first_key}), random, 2);
    std::vector<std::string> boxes;
    const std::vector<std::string> tenants{"a", "b", "c", "d", "e"};
    const auto place_in = [](const std::string& tenant) {
        return SealedPlace{.tenant = tenant, .integration = "zoho", .field = "token", .generation = 1};
    };
    for (const std::string& tenant : tenants)
        boxes.push_back(narrow.seal(table, place_in(tenant), "of " + tenant));

    EXPECT_EQ(opened(narrow, table, place_in("e"), boxes[4]), "of e");
    EXPECT_EQ(table.finds(), 0);
    for (int times = 0; times < 2; ++times)
        EXPECT_EQ(opened(narrow, table, place_in("a"), boxes[0]), "of a");
    EXPECT_EQ(table.finds(), 1);
    for (std::size_t i = 0; i < tenants.size(); ++i)
        EXPECT_EQ(opened(narrow, table, place_in(tenants[i]), boxes[i]), "of " + tenants[i]);
    EXPECT_EQ(opened(narrow, table, place_in("a"), narrow.seal(table, place_in("a"), "more")), "more");
    EXPECT_EQ(table.size(), tenants.size());
}

TEST_F(SealerTest, many_threads_seal_and_open_at_once) {
    constexpr int threads = 4;
    constexpr int rounds = 600;
    // Made beforehand, as the engine's one writer would: the table here has no transactions of several threads.
    (void)sealer.seal(table, place, "");
    (void)sealer.seal(table, {.tenant = "other", .integration = "", .field = "", .generation = 0}, "");
    std::atomic<int> opened_right{0};

    std::vector<std::jthread> workers;
    for (int worker = 0; worker < threads; ++worker)
        workers.emplace_back([&, worker] {
            const SealedPlace mine{.tenant = worker % 2 == 0 ? "acme" : "other",
                                   .integration = "zoho",
                                   .field = "token",
                                   .generation = static_cast<std::uint64_t>(worker)};
            for (int round = 0; round < rounds; ++round) {
                const auto box = sealer.seal(table, mine, std::to_string(round));
                const auto value = sealer.open(table, mine, box);
                if (value && value->reveal() == std::to_string(round))
                    ++opened_right;
                if (round % 100 == 0)
                    sealer.forget(mine.tenant);
            }
        });
    workers.clear();

    EXPECT_EQ(opened_right, threads * rounds);
    EXPECT_GE(table.row(1).seals_reserved, 2U * rounds + 1);
    EXPECT_GE(table.row(2).seals_reserved, 2U * rounds + 1);
}

}  // namespace
}  // namespace evergrant::storage
