#include "health_stage.h"

namespace evergrant::health {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using storage::ConnectionStatus;

class RejectionsTest : public HealthStage {
protected:
    Result<void> report(storage::Generation generation) { return run(health().reported(acme_demo, generation)); }
};

TEST_F(RejectionsTest, the_token_held_is_refreshed) {
    grant({.provider = "demo"});

    EXPECT_TRUE(report(1));

    EXPECT_EQ(row().generation, 2U);
}

TEST_F(RejectionsTest, a_token_replaced_since_is_not_refreshed_again) {
    grant({.provider = "demo"});
    clock_.advance(minutes(1));
    ASSERT_TRUE(read({}, true));
    ASSERT_EQ(row().generation, 2U);

    EXPECT_TRUE(report(1));

    EXPECT_EQ(row().generation, 2U);
    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(RejectionsTest, one_that_could_not_be_renewed_is_not_tried_again_at_each_report) {
    grant({.provider = "demo"});
    answers(200, 503, "away");
    static_cast<void>(report(1));

    const auto again = report(1);

    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::provider_error);
    EXPECT_TRUE(again.error().retry_after);
    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(RejectionsTest, reports_of_every_new_token_are_soon_refused_and_allowed_again_later) {
    grant({.provider = "demo"});
    for (storage::Generation generation = 1; generation <= 3; ++generation)
        ASSERT_TRUE(report(generation)) << generation;

    const auto fourth = report(4);
    ASSERT_FALSE(fourth);
    EXPECT_EQ(fourth.error().code, Errc::rate_limited);
    clock_.advance(*fourth.error().retry_after);

    EXPECT_TRUE(report(4));
    EXPECT_EQ(row().generation, 5U);
}

TEST_F(RejectionsTest, without_a_refresh_token_the_connection_is_dead_and_its_token_ends) {
    grant({.provider = "demo", .renewable = false});
    ASSERT_TRUE(read());

    EXPECT_TRUE(report(1));

    EXPECT_EQ(row().status, ConnectionStatus::invalid);
    const auto token = read();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().code, Errc::reauthorization_required);
}

TEST_F(RejectionsTest, a_grant_found_dead_ends_its_token_at_once) {
    grant({.provider = "demo"});
    ASSERT_TRUE(read());
    answers(200, 400, R"({"error":"invalid_grant"})");

    static_cast<void>(report(1));

    EXPECT_EQ(row().status, ConnectionStatus::invalid);
    EXPECT_FALSE(read());
}

TEST_F(RejectionsTest, a_new_authorization_after_a_death_serves) {
    grant({.provider = "demo", .renewable = false});
    ASSERT_TRUE(report(1));

    grant({.provider = "demo"});

    EXPECT_TRUE(read());
}

}  // namespace
}  // namespace evergrant::health
