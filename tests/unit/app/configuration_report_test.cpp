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

TEST_F(AdviceTest, warns_that_unused_refresh_tokens_die_when_nothing_is_refreshed_ahead) {
    EXPECT_THAT(given(), Not(Contains(HasSubstr("die of disuse"))));

    sources.environment = {{"EVERGRANT_REFRESH_AHEAD", "false"}};
    EXPECT_THAT(given(), Contains(HasSubstr("die of disuse")));
}

}  // namespace evergrant::app
