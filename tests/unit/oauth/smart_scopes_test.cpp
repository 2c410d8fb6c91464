#include "oauth/smart_scopes.h"

#include <gtest/gtest.h>

namespace evergrant::oauth {
namespace {

using Scopes = std::vector<std::string>;

const Scopes only_version_1{"launch-ehr", "permission-v1"};

TEST(SmartScopesTest, stay_as_they_are_where_a_server_knows_version_2_or_says_nothing) {
    const Scopes scopes{"patient/Observation.rs"};

    EXPECT_EQ(smart_scopes_for({}, scopes), scopes);
    EXPECT_EQ(smart_scopes_for({"permission-v1", "permission-v2"}, scopes), scopes);
}

TEST(SmartScopesTest, become_words_where_a_server_knows_version_1_alone) {
    EXPECT_EQ(smart_scopes_for(only_version_1, {"patient/Observation.rs", "user/*.cud", "system/Patient.cruds"}),
              (Scopes{"patient/Observation.read", "user/*.write", "system/Patient.*"}));
}

TEST(SmartScopesTest, of_version_1_and_of_context_stay) {
    const Scopes scopes{"patient/*.read", "launch/patient", "openid", "offline_access", "user/Note.sr"};

    EXPECT_EQ(smart_scopes_for(only_version_1, scopes), scopes);
}

TEST(SmartScopesTest, lose_their_query_and_are_asked_for_once) {
    EXPECT_EQ(smart_scopes_for(only_version_1, {"patient/Observation.rs?category=vital-signs",
                                                "patient/Observation.rs?category=laboratory"}),
              Scopes{"patient/Observation.read"});
}

}  // namespace
}  // namespace evergrant::oauth
