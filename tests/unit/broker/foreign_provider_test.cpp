#include "stage.h"

namespace evergrant::broker {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Demand {
    std::string_view name;
    seconds left;
    bool force_refresh;
};

class ForeignProviderTest : public Stage, public ::testing::WithParamInterface<Demand> {
protected:
    void SetUp() override { add_tenant(); }

    Result<cache::SharedToken> read_for(std::string_view provider) {
        TokenQuery query;
        query.key = acme_demo;
        query.force_refresh = GetParam().force_refresh;
        query.providers.emplace_back(std::string(provider));
        return run(use_cases().tokens.token(std::move(query)));
    }
};

TEST_P(ForeignProviderTest, is_neither_refreshed_nor_told_of_to_who_may_not_use_it) {
    add_grant(GetParam().left);
    provider_.answers(400, R"({"error":"invalid_grant"})");

    const auto token = read_for("hubspot");

    EXPECT_EQ(token.error().code, Errc::forbidden);
    EXPECT_EQ(provider_.requests(), 0U);
    EXPECT_EQ(stored().summary.status, storage::ConnectionStatus::healthy);
}

TEST_P(ForeignProviderTest, is_served_to_who_may) {
    add_grant(GetParam().left);

    EXPECT_TRUE(read_for("demo"));
}

INSTANTIATE_TEST_SUITE_P(connections, ForeignProviderTest,
                         ::testing::Values(Demand{"fresh", hours(1), false}, Demand{"due", minutes(4), false},
                                           Demand{"expired", seconds(-1), false}, Demand{"forced", hours(1), true}),
                         [](const auto& demand) { return std::string(demand.param.name); });

}  // namespace evergrant::broker
