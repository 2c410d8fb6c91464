#include "oauth/cache_lifetime.h"

#include <gtest/gtest.h>

namespace evergrant::oauth {
namespace {

struct Case {
    std::string_view header;
    std::chrono::seconds kept;
};

TEST(CacheLifetimeTest, goes_by_max_age_between_a_minute_and_a_day) {
    const Case cases[] = {
        {"", usually_kept},
        {"public, max-age=7200", std::chrono::seconds(7200)},
        {"Max-Age=7200", std::chrono::seconds(7200)},
        {R"(max-age="7200")", std::chrono::seconds(7200)},
        {"max-age=1", shortest_kept},
        {"max-age=99999999999999999999", longest_kept},
        {"max-age=soon", usually_kept},
        {"max-age=", usually_kept},
        {"max-age=-1", usually_kept},
        {"no-store, max-age=7200", shortest_kept},
        {",,,", usually_kept},
    };
    for (const Case& one : cases)
        EXPECT_EQ(kept_for(one.header), one.kept) << one.header;
}

}  // namespace
}  // namespace evergrant::oauth
