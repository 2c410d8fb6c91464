#include "authorizer_fixture.h"

#include <future>

namespace evergrant::broker {

TEST_F(AuthorizerTest, a_revocation_the_provider_did_not_answer_is_tried_again_in_the_background) {
    add_grant();
    std::promise<std::string> tried_again;
    int tries = 0;
    provider_.answers([&](const net::ClientRequest& request) -> Result<net::ClientAnswer> {
        if (++tries == 1)
            return failure(Errc::provider_unreachable, "The provider is away.");
        tried_again.set_value(request.body.reveal());
        return net::ClientAnswer{.status = 200, .headers = {}, .body = {}};
    });

    const auto revoked = run(use_cases().revoker.revoke(acme_demo));

    EXPECT_EQ(revoked->at_provider, RevokedAtProvider::no);
    auto later = tried_again.get_future();
    ASSERT_EQ(later.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    EXPECT_NE(later.get().find("token=refresh-1"), std::string::npos);
    EXPECT_EQ(count_revocations(), 2U);
}

}  // namespace evergrant::broker
