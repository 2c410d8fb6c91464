#include "health_stage.h"

namespace evergrant::health {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using storage::ConnectionStatus;
using storage::HealthStatus;

using ExaminerTest = HealthStage;

TEST_F(ExaminerTest, a_probe_shows_the_token_in_the_providers_own_way_and_dates_the_check) {
    grant({});
    clock_.advance(minutes(10));

    const Checked result = checked();

    EXPECT_EQ(result.checked, 1U);
    EXPECT_EQ(shown_, "Probed-token token-1");
    EXPECT_EQ(row().last_check_at, clock_.now());
    EXPECT_EQ(row().status, ConnectionStatus::healthy);
}

TEST_F(ExaminerTest, an_api_that_is_away_or_says_no_kills_nothing) {
    grant({});
    for (const unsigned status : {500U, 503U, 403U, 429U, 404U, 302U}) {
        answers(status, 200, token_answer("token-2", "refresh-2"));

        checked();

        EXPECT_EQ(row().status, ConnectionStatus::healthy) << status;
        EXPECT_NE(row().last_error.find(std::to_string(status)), std::string::npos) << row().last_error;
        EXPECT_EQ(row().generation, 1U);
    }
}

TEST_F(ExaminerTest, a_probe_that_works_ends_the_trouble_of_the_one_before) {
    grant({});
    answers(503, 200, token_answer("token-2", "refresh-2"));
    checked();
    answers(200, 200, token_answer("token-2", "refresh-2"));

    checked();

    EXPECT_EQ(row().last_error, "");
}

TEST_F(ExaminerTest, an_api_that_is_away_keeps_nobody_from_the_token_endpoint) {
    grant({});
    provider_.answers([](const net::ClientRequest& request) -> Result<net::ClientAnswer> {
        if (request.url == "https://api.example.com/me")
            return failure(Errc::provider_timeout, "The provider is away.");
        return net::ClientAnswer{.status = 200,
                                 .headers = {{"content-type", "application/json"}},
                                 .body = token_answer("token-2", "refresh-2")};
    });
    for (int probes = 0; probes < 8; ++probes)
        checked();
    clock_.advance(minutes(1));

    const auto token = read({}, true);

    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ((*token)->access_token.reveal(), "token-2");
}

TEST_F(ExaminerTest, a_refused_token_is_refreshed_at_once) {
    grant({});
    answers(401, 200, token_answer("token-2", "refresh-2"));

    checked();

    EXPECT_EQ(row().generation, 2U);
    EXPECT_EQ(row().status, ConnectionStatus::healthy);
}

TEST_F(ExaminerTest, an_api_that_refuses_new_tokens_too_does_not_have_them_refreshed_at_each_look) {
    grant({});
    answers(401, 200, token_answer("token-2", "refresh-2"));

    for (int looks = 0; looks < 3; ++looks)
        checked();

    EXPECT_EQ(row().generation, 2U);
    EXPECT_EQ(row().status, ConnectionStatus::healthy);
    EXPECT_NE(row().last_error.find("scopes"), std::string::npos) << row().last_error;
}

TEST_F(ExaminerTest, a_refused_token_whose_grant_is_dead_is_served_to_nobody) {
    grant({});
    ASSERT_TRUE(read());
    answers(401, 400, R"({"error":"invalid_grant"})");

    checked();

    EXPECT_EQ(row().status, ConnectionStatus::invalid);
    const auto token = read();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().code, Errc::reauthorization_required);
}

TEST_F(ExaminerTest, a_refused_token_whose_provider_is_away_kills_nothing) {
    grant({});
    answers(401, 503, "away");

    checked();

    EXPECT_EQ(row().status, ConnectionStatus::refresh_failed);
    EXPECT_TRUE(read());
}

TEST_F(ExaminerTest, what_cannot_be_refreshed_is_dead_when_it_is_refused_twice) {
    grant({.renewable = false});
    ASSERT_TRUE(read());
    answers(401, 200, "");

    checked();
    EXPECT_EQ(row().status, ConnectionStatus::healthy);
    EXPECT_EQ(row().next_check_at, clock_.now() + minutes(1));
    checked();

    EXPECT_EQ(row().status, ConnectionStatus::invalid);
    EXPECT_FALSE(read());
}

TEST_F(ExaminerTest, a_token_that_has_ended_is_renewed_before_it_is_shown) {
    grant({.left = seconds(-1)});
    clock_.advance(minutes(40));
    storage::HealthReport report;
    report.connection = row();
    report.status = HealthStatus::healthy;
    health();
    Prober prober({.store = *store_,
                   .catalog = catalog_,
                   .clients = broker().clients(),
                   .broker = use_cases(),
                   .clock = clock_,
                   .metrics = metrics_});

    const auto probed = run(prober.probe(acme_demo));

    ASSERT_TRUE(probed);
    EXPECT_EQ(probed->answer, Probed::Answer::works);
    EXPECT_EQ(probed->generation, 2U);
    EXPECT_EQ(shown_, "Probed-token token-2");
}

TEST_F(ExaminerTest, what_ends_soon_is_refreshed_when_somebody_asks) {
    grant({.provider = "demo", .left = minutes(10)});

    const Checked result = checked();

    EXPECT_EQ(row().generation, 2U);
    EXPECT_EQ(result.reports.items.front().status, HealthStatus::healthy);
    EXPECT_EQ(api_calls_, 0U);
}

TEST_F(ExaminerTest, what_could_not_be_refreshed_is_tried_again_when_somebody_asks) {
    grant({.provider = "demo"});
    answers(200, 503, "away");
    clock_.advance(minutes(1));
    ASSERT_TRUE(read({}, true));
    ASSERT_EQ(row().status, ConnectionStatus::refresh_failed);
    answers(200, 200, token_answer("token-2", "refresh-2"));

    checked();

    EXPECT_EQ(row().status, ConnectionStatus::healthy);
}

TEST_F(ExaminerTest, an_expired_token_that_cannot_be_refreshed_is_dead_and_says_why) {
    grant({.provider = "demo", .left = seconds(-1), .renewable = false});

    const Checked result = checked();

    EXPECT_EQ(result.reports.items.front().status, HealthStatus::invalid);
    EXPECT_NE(row().last_error.find("gave no refresh token"), std::string::npos);
}

TEST_F(ExaminerTest, without_probes_no_api_is_called) {
    health_options_.probe_every = seconds(0);
    grant({});

    checked();

    EXPECT_EQ(api_calls_, 0U);
    EXPECT_EQ(row().last_check_at, clock_.now());
}

TEST_F(ExaminerTest, a_check_ends_at_its_deadline_and_says_how_far_it_came) {
    grant({});

    const auto result = run(health().check({}, "", 10, async::Deadline::after(seconds(-1))));

    ASSERT_TRUE(result);
    EXPECT_EQ(result->checked, 0U);
    EXPECT_EQ(result->reports.items.size(), 1U);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(ExaminerTest, statuses_of_the_api_mean_what_they_say) {
    EXPECT_EQ(meaning_of(204).answer, Probed::Answer::works);
    EXPECT_EQ(meaning_of(401).answer, Probed::Answer::refused);
    EXPECT_EQ(meaning_of(500).answer, Probed::Answer::unclear);
}

}  // namespace
}  // namespace evergrant::health
