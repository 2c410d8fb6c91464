#pragma once
//
// One shape for what CRMs know: a customer, what happened with one, and a call to be noted. Values; how each CRM names
// them stands in its connector. Reading and writing them as JSON is customer_json.h's.
//
#include "base/clock.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::connectors {

struct Phone {
    std::string number;   ///< E.164, or as the CRM has it where that is no number
    std::string label{};  ///< `phone`, `mobile`, `home`, `other`; empty: not told
};

struct Address {
    std::string street{};
    std::string city{};
    std::string state{};
    std::string postal_code{};
    std::string country{};

    [[nodiscard]] bool operator==(const Address&) const = default;
};

/// Something that happened with a customer before: a call, a note, a task.
struct Interaction {
    std::string id;
    std::string kind;  ///< `call`, `note`, `task`, `email`, `meeting`
    std::string subject{};
    std::string notes{};
    std::string direction{};  ///< of a call: `inbound`, `outbound`; empty: not told
    std::string outcome{};    ///< of a call, as CallOutcome is named, or the CRM's own word
    std::optional<std::chrono::seconds> duration{};
    std::string agent{};
    std::optional<sys_seconds> at{};
};

/// A lead or a contact. An empty member is one the CRM does not have.
struct Customer {
    std::string id;    ///< what the routes take: unique in the CRM, its module in front where ids alone are not enough
    std::string kind;  ///< `contact` or `lead`
    std::string first_name{};
    std::string last_name{};
    std::string name{};  ///< the whole
    std::string email{};
    std::vector<Phone> phones{};
    std::string company{};
    std::string title{};
    Address address{};
    std::vector<std::string> tags{};
    boost::json::object custom_fields{};  ///< by the CRM's own field names
    std::optional<sys_seconds> last_contact_at{};
    std::vector<Interaction> interactions{};  ///< newest first; only where one customer was asked for
};

/// What is to be changed of a customer: nothing stays as it is, an empty text empties the field.
struct CustomerChange {
    std::optional<std::string> first_name{};
    std::optional<std::string> last_name{};
    std::optional<std::string> email{};
    std::optional<std::vector<Phone>> phones{};
    std::optional<std::string> company{};
    std::optional<std::string> title{};
    std::optional<Address> address{};
    std::optional<std::vector<std::string>> tags{};
    boost::json::object custom_fields{};
    std::string kind{};  ///< what to create: `contact` or `lead`; empty: as the CRM's connector prefers
};

enum class CallDirection : std::uint8_t { inbound, outbound };
enum class CallOutcome : std::uint8_t { answered, voicemail, no_answer, busy, failed };

struct FollowUp {
    sys_seconds at;
    std::string notes{};
};

/// A call to be noted with a customer.
struct CallActivity {
    std::string customer_id;
    CallDirection direction{CallDirection::inbound};
    CallOutcome outcome{CallOutcome::answered};
    sys_seconds at;  ///< when it began
    std::chrono::seconds duration{0};
    std::string phone{};  ///< E.164, of the customer
    std::string agent{};
    std::string subject{};  ///< empty: made from direction and outcome
    std::string notes{};
    std::vector<std::string> tags{};
    std::string recording_url{};
    std::optional<FollowUp> follow_up{};
};

}  // namespace evergrant::connectors
