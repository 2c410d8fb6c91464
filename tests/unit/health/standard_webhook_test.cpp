#include "health/standard_webhook.h"

#include <gtest/gtest.h>

namespace evergrant::health {
namespace {

// Published with the specification, in its repository standard-webhooks/standard-webhooks:
// libraries/javascript/src/webhook.test.ts, "sign function works".
TEST(StandardWebhookTest, the_published_vector_is_signed_as_published) {
    const auto key = webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    ASSERT_TRUE(key);

    const std::string signature =
        webhook_signature(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", sys_seconds(std::chrono::seconds(1'614'265'330)),
                          R"({"test": 2432232314})");

    EXPECT_EQ(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(StandardWebhookTest, a_key_is_24_to_64_bytes_in_base64_behind_its_prefix) {
    EXPECT_TRUE(webhook_key("whsec_" + std::string(32, 'A')));
    EXPECT_TRUE(webhook_key("whsec_" + std::string(34, 'A') + "=="));
    for (const std::string secret : {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA",
                                     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"})
        EXPECT_FALSE(webhook_key(secret)) << secret;
    EXPECT_FALSE(webhook_key("whsec_" + std::string(92, 'A')));
}

}  // namespace
}  // namespace evergrant::health
