#include "app/configuration_report.h"

#include "configuration_fixture.h"

#include <gmock/gmock.h>

namespace evergrant::app {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class AdviceTest : public evergrant::testing::ConfigurationFixture {
protected:
    std::vector<std::string> given() { return advice(load().configuration); }
};

TEST_F(AdviceTest, warns_of_links_in_alerts_that_open_on_this_machine_alone) {
    sources.environment = {{"SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/x"}};

    EXPECT_THAT(given(), Contains(HasSubstr("their links begin with http://localhost:3000")));
}

TEST_F(AdviceTest, does_not_when_they_lead_to_an_address_of_others_or_nobody_hears_of_alerts) {
    EXPECT_THAT(given(), Not(Contains(HasSubstr("their links"))));

    sources.environment = {{"SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/x"},
                           {"BASE_URL", "https://grants.example.com"}};
    EXPECT_THAT(given(), Not(Contains(HasSubstr("their links"))));
}

TEST_F(AdviceTest, warns_that_unused_refresh_tokens_die_when_nothing_is_refreshed_ahead) {
    EXPECT_THAT(given(), Not(Contains(HasSubstr("die of disuse"))));

    sources.environment = {{"EVERGRANT_REFRESH_AHEAD", "false"}};
    EXPECT_THAT(given(), Contains(HasSubstr("die of disuse")));
}

}  // namespace evergrant::app
