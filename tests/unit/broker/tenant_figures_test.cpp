// Tenants in labels, where somebody asked for them, and never without a bound.
#include "broker/tenant_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::broker {

using ::testing::HasSubstr;
using ::testing::Not;

namespace {

storage::AuditEvent vend_to(const std::string& tenant) {
    return {.action = "token.vend", .tenant = tenant, .outcome = "ok"};
}

}  // namespace

TEST(TenantFigures, count_what_happened_to_each) {
    Metrics metrics;
    TenantFigures figures(metrics, 10);

    figures.count(vend_to("acme"), 3);
    figures.count(vend_to("acme"), 1);

    EXPECT_THAT(metrics.render(),
                HasSubstr("evergrant_tenant_events_total{action=\"token.vend\",outcome=\"ok\",tenant=\"acme\"} 4"));
}

TEST(TenantFigures, beyond_the_bound_are_counted_together) {
    Metrics metrics;
    TenantFigures figures(metrics, 1);

    for (const std::string tenant : {"acme", "globex", "initech", "acme"})
        figures.count(vend_to(tenant), 1);

    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("tenant=\"acme\"} 2"));
    EXPECT_THAT(text, HasSubstr("tenant=\"(others)\"} 2"));
}

TEST(TenantFigures, are_none_if_nobody_asked) {
    Metrics metrics;
    TenantFigures figures(metrics, 0);

    figures.count(vend_to("acme"), 1);

    EXPECT_THAT(metrics.render(), Not(HasSubstr("acme")));
}

TEST(TenantFigures, leave_out_what_is_no_tenant_s) {
    Metrics metrics;
    TenantFigures figures(metrics, 10);

    figures.count(vend_to(""), 1);

    EXPECT_THAT(metrics.render(), Not(HasSubstr("evergrant_tenant_events_total")));
}

}  // namespace evergrant::broker
