#include "broker/trust.h"

#include "broker/circuit_breaker.h"
#include "broker/generation_floors.h"
#include "broker/provider_rests.h"

#include <gtest/gtest.h>

namespace evergrant::broker {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class Channel final : public cache::NewsChannel {
public:
    void start(Listener) override {}
    void publish(cache::News) override {}
    [[nodiscard]] bool live() const noexcept override { return alive; }
    bool alive{true};
};

class TrustTest : public ::testing::Test {
protected:
    bool believed_after(seconds passed) {
        cache::CachedToken token;
        token.note_asked(trust_.now());
        clock_.advance(passed);
        return trust_.believes(token);
    }

    ManualClock clock_{Instant(milliseconds(1'800'000'000'000))};
    Channel channel_;
    Trust trust_{clock_, TrustTimes{seconds(60), seconds(10)}, &channel_};
};

TEST_F(TrustTest, lasts_longer_while_news_arrive) {
    EXPECT_TRUE(believed_after(seconds(59)));
    EXPECT_FALSE(believed_after(seconds(60)));
    channel_.alive = false;
    EXPECT_TRUE(believed_after(seconds(9)));
    EXPECT_FALSE(believed_after(seconds(10)));
}

TEST_F(TrustTest, ends_early_when_news_stop_arriving) {
    cache::CachedToken token;
    token.note_asked(trust_.now());
    clock_.advance(seconds(30));
    channel_.alive = false;

    EXPECT_FALSE(trust_.believes(token));
}

TEST_F(TrustTest, takes_no_notice_of_the_time_of_day) {
    cache::CachedToken token;
    token.note_asked(trust_.now());
    clock_.step(minutes(5));
    EXPECT_TRUE(trust_.believes(token));
    clock_.step(-minutes(10));
    EXPECT_TRUE(trust_.believes(token));
    clock_.advance(seconds(60));
    EXPECT_FALSE(trust_.believes(token));
}

TEST_F(TrustTest, a_doubt_ends_it_for_one_entry_or_for_all) {
    cache::CachedToken one;
    cache::CachedToken another;
    one.note_asked(trust_.now());
    another.note_asked(trust_.now());

    one.doubt();
    const bool other_stands = trust_.believes(another);
    trust_.doubt_all();
    clock_.advance(milliseconds(1));
    cache::CachedToken asked_since;
    asked_since.note_asked(trust_.now());

    EXPECT_FALSE(trust_.believes(one));
    EXPECT_TRUE(other_stands);
    EXPECT_FALSE(trust_.believes(another));
    EXPECT_TRUE(trust_.believes(asked_since));
}

TEST_F(TrustTest, without_a_bound_an_entry_nobody_ever_asked_for_is_believed) {
    const Trust endless(clock_, std::nullopt, nullptr);

    EXPECT_TRUE(endless.believes(cache::CachedToken()));
}

TEST_F(TrustTest, a_copy_counts_as_asked_for_earlier_than_it_says) {
    cache::SharedCopy copy;
    copy.read_at = clock_.now() - seconds(5);

    EXPECT_EQ(trust_.asked_for(copy), trust_.now() - seconds(15));
}

TEST(SystemClockTest, steady_time_does_not_go_back) {
    const SystemClock clock;
    const auto before = clock.steady();

    EXPECT_GE(clock.steady(), before);
    EXPECT_GT(before.count(), 0);
}

const ConnectionKey key{TenantId("acme"), IntegrationId("demo")};

TEST(GenerationFloorsTest, remembers_the_highest_for_its_life) {
    GenerationFloors floors(seconds(70));
    floors.raise(key, 5, seconds(0));
    floors.raise(key, 3, seconds(60));
    floors.raise({TenantId("other"), IntegrationId("demo")}, 1, seconds(100));
    EXPECT_EQ(floors.of(key), 5U);

    floors.raise({TenantId("other"), IntegrationId("demo")}, 1, seconds(131));
    EXPECT_EQ(floors.of(key), 0U);
    EXPECT_EQ(floors.size(), 1U);
}

TEST(GenerationFloorsTest, that_forgets_for_want_of_room_says_since_when_it_is_whole) {
    GenerationFloors floors(seconds(70), 2);
    floors.raise(key, 1, seconds(1));
    floors.raise({TenantId("a"), IntegrationId("demo")}, 1, seconds(2));
    const bool whole = floors.whole_since() < seconds(1);

    floors.raise({TenantId("b"), IntegrationId("demo")}, 1, seconds(3));

    EXPECT_TRUE(whole);
    EXPECT_EQ(floors.whole_since(), seconds(3));
    EXPECT_EQ(floors.size(), 1U);
}

TEST(ProviderRestsTest, an_app_rests_as_long_as_it_was_told_and_no_other_does) {
    const ProviderId demo("demo");
    ProviderRests rests;
    rests.rest(demo, "one", seconds(30));
    rests.rest(demo, "one", seconds(10));

    EXPECT_TRUE(rests.any(demo, seconds(0)));
    EXPECT_EQ(rests.left(demo, "one", seconds(5)), seconds(25));
    EXPECT_FALSE(rests.left(demo, "another", seconds(5)));
    EXPECT_FALSE(rests.any(demo, seconds(30)));
}

TEST(CircuitBreakerTest, whoever_only_looks_does_not_use_up_the_one_try) {
    const CircuitBreaker::time_point start{seconds(1000)};
    CircuitBreaker breaker({.failures_to_open = 1, .first_rest = milliseconds(1000)});
    breaker.failed(start);

    const auto resting = breaker.rest(start);
    const auto rested = breaker.rest(start + seconds(1));
    const auto one = breaker.ask(start + seconds(1));
    const auto another = breaker.ask(start + seconds(1));

    EXPECT_EQ(resting, milliseconds(1000));
    EXPECT_FALSE(rested);
    EXPECT_FALSE(one);
    EXPECT_TRUE(another);
}

}  // namespace
}  // namespace evergrant::broker
