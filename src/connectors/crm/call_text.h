#pragma once
//
// What a call is called, and the text that keeps what a CRM has no field for. Pure.
//
#include "connectors/crm/customer.h"

#include <string>
#include <vector>

namespace evergrant::connectors {

/// The caller's subject, or one such as `Inbound call: answered`.
[[nodiscard]] std::string call_subject(const CallActivity& call);

/// `Follow up: ` and what the call was about.
[[nodiscard]] std::string follow_up_subject(const CallActivity& call);

/// What a CRM may have no field for.
enum class CallDetail { began, agent, phone, recording, tags };

/// The notes, and a line such as `Agent: Ada` below them for each of these that the call has.
[[nodiscard]] std::string call_text(const CallActivity& call, const std::vector<CallDetail>& details);

}  // namespace evergrant::connectors
