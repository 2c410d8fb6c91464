#include "connectors/crm/customer_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

namespace evergrant::connectors {

TEST(CustomerJson, says_all_that_is_known) {
    const sys_seconds then(std::chrono::seconds(1'800'000'000));
    Customer customer{.id = "contacts:1", .kind = "contact"};
    customer.first_name = "Anna";
    customer.last_name = "Berg";
    customer.name = "Anna Berg";
    customer.email = "anna@example.com";
    customer.phones = {{"+16502530000", "mobile"}};
    customer.company = "Acme";
    customer.title = "CEO";
    customer.address = {
        .street = "1 Main St", .city = "Springfield", .state = "IL", .postal_code = "62701", .country = "US"};
    customer.tags = {"vip"};
    customer.custom_fields["Score"] = 7;
    customer.last_contact_at = then;
    customer.interactions = {{.id = "9",
                              .kind = "call",
                              .subject = "Hello",
                              .notes = "n",
                              .direction = "inbound",
                              .outcome = "answered",
                              .duration = std::chrono::seconds(61),
                              .agent = "Bo",
                              .at = then}};

    const auto expected = boost::json::parse(R"({
        "id": "contacts:1", "kind": "contact", "firstName": "Anna", "lastName": "Berg", "name": "Anna Berg",
        "email": "anna@example.com", "phones": [{"number": "+16502530000", "label": "mobile"}], "company": "Acme",
        "title": "CEO", "tags": ["vip"], "customFields": {"Score": 7}, "lastContactAt": "2027-01-15T08:00:00Z",
        "address": {"street": "1 Main St", "city": "Springfield", "state": "IL", "postalCode": "62701", "country": "US"},
        "interactions": [{"id": "9", "kind": "call", "subject": "Hello", "notes": "n", "direction": "inbound",
                          "outcome": "answered", "durationSeconds": 61, "agent": "Bo", "at": "2027-01-15T08:00:00Z"}]
    })");
    EXPECT_EQ(boost::json::value(to_json(customer, true)), expected);
}

TEST(CustomerJson, leaves_out_what_the_crm_does_not_have) {
    const Customer customer{.id = "leads:2", .kind = "lead"};

    EXPECT_EQ(boost::json::value(to_json(customer, false)),
              boost::json::parse(R"({"id": "leads:2", "kind": "lead", "phones": [], "tags": [], "customFields": {}})"));
}

TEST(CustomerJson, names_directions_and_outcomes_as_the_contract_does) {
    for (const auto* name : {"answered", "voicemail", "no_answer", "busy", "failed"})
        EXPECT_EQ(name_of(call_outcome_named(name).value()), name);
    for (const auto* name : {"inbound", "outbound"})
        EXPECT_EQ(name_of(call_direction_named(name).value()), name);
    EXPECT_FALSE(call_outcome_named("Answered"));
    EXPECT_FALSE(call_direction_named(""));
}

}  // namespace evergrant::connectors
