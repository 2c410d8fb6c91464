#include "api/handlers.h"
#include "api/visitor_pages.h"

#include <utility>

namespace evergrant::api {

Answer front(Call call) {
    co_return front_page(prefers_json(call.request));
}

Answer authorization_outcome(Call call) {
    const OutcomeTold told{
        .oauth = call.query.get("oauth"), .provider = call.query.get("provider"), .reason = call.query.get("reason")};
    co_return outcome_page(told, call.context.catalog, prefers_json(call.request));
}

Answer show_renewal(Call call) {
    const bool as_json = prefers_json(call.request);
    const auto renewal = co_await call.broker.renewals.look(call.path_parameter("link"));
    if (!renewal)
        co_return std::unexpected(renewal.error());
    co_return renewal_page(*renewal, as_json);
}

Answer begin_renewal(Call call) {
    const bool as_json = prefers_json(call.request);
    if (is_another_sites_form(call.request))
        co_return failure(Errc::forbidden, "Open the link itself and press the button there.");
    const auto begun = co_await call.broker.renewals.begin(call.path_parameter("link"));
    if (!begun)
        co_return std::unexpected(begun.error());
    const ConnectionKey& key = begun->renewal.subject.key;
    note_subject(call, key.tenant.str(), key.integration.str(), begun->started ? "" : "not needed");
    call.about->actor = broker::Renewals::actor;
    if (!begun->started)
        co_return renewal_page(begun->renewal, as_json);
    co_return way_to_provider(begun->renewal, *begun->started, as_json);
}

}  // namespace evergrant::api
