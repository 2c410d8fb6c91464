#include "connectors/crm/call_text.h"

#include "connectors/crm/customer_json.h"

#include <string_view>

namespace evergrant::connectors {

namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string value_of(const CallActivity& call, CallDetail detail) {
    switch (detail) {
        case CallDetail::began: return to_iso8601(call.at);
        case CallDetail::agent: return call.agent;
        case CallDetail::phone: return call.phone;
        case CallDetail::recording: return call.recording_url;
        case CallDetail::tags: return joined(call.tags);
    }
    return {};
}

std::string_view label_of(CallDetail detail) {
    switch (detail) {
        case CallDetail::began: return "Began: ";
        case CallDetail::agent: return "Agent: ";
        case CallDetail::phone: return "Number: ";
        case CallDetail::recording: return "Recording: ";
        case CallDetail::tags: return "Tags: ";
    }
    return {};
}

std::string_view in_words(CallOutcome outcome) {
    return outcome == CallOutcome::no_answer ? "no answer" : name_of(outcome);
}

}  // namespace

std::string call_subject(const CallActivity& call) {
    if (!call.subject.empty())
        return call.subject;
    const std::string_view direction = call.direction == CallDirection::inbound ? "Inbound call: " : "Outbound call: ";
    return std::string(direction) + std::string(in_words(call.outcome));
}

std::string follow_up_subject(const CallActivity& call) {
    return "Follow up: " + call_subject(call);
}

std::string call_text(const CallActivity& call, const std::vector<CallDetail>& details) {
    std::string lines;
    for (const CallDetail detail : details) {
        const std::string value = value_of(call, detail);
        if (value.empty())
            continue;
        if (!lines.empty())
            lines += '\n';
        lines += label_of(detail);
        lines += value;
    }
    if (call.notes.empty() || lines.empty())
        return call.notes + lines;
    return call.notes + "\n\n" + lines;
}

}  // namespace evergrant::connectors
