#include "catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::catalog {
namespace {

TEST(BuiltInCatalogTest, holds_the_ten_entries_and_not_their_abstract_base) {
    const Catalog catalog = Catalog::built_in();

    std::vector<std::string> ids;
    for (const Provider* provider : catalog.all())
        ids.push_back(provider->id.str());

    EXPECT_THAT(ids, testing::ElementsAre("cerner", "clio", "epic", "hubspot", "oauth2", "oidc", "salesforce",
                                          "shopify", "zoho_calendar", "zoho_crm"));
}

}  // namespace
}  // namespace evergrant::catalog
