#include "oauth/failure.h"

#include <gtest/gtest.h>

#include <array>

namespace evergrant::oauth {
namespace {

TEST(FailureTest, every_class_has_its_name_and_says_whether_it_leaves_doubt) {
    struct Case {
        std::string_view name;
        FailureClass failure;
        bool doubt;
    };
    constexpr std::array<Case, 7> cases{{
        {"dead_grant", FailureClass::dead_grant, false},
        {"app_misconfigured", FailureClass::app_misconfigured, false},
        {"request_rejected", FailureClass::request_rejected, false},
        {"throttled", FailureClass::throttled, false},
        {"provider_unavailable", FailureClass::provider_unavailable, true},
        {"not_sent", FailureClass::not_sent, false},
        {"answer_unknown", FailureClass::answer_unknown, true},
    }};
    for (const Case& c : cases) {
        EXPECT_EQ(name_of(c.failure), c.name);
        EXPECT_EQ(leaves_doubt(c.failure), c.doubt) << c.name;
    }
}

}  // namespace
}  // namespace evergrant::oauth
