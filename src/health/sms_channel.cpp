#include "health/sms_channel.h"

#include "crypto/encoding.h"
#include "health/alert_routing.h"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <utility>

namespace evergrant::health {

namespace {

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string result;
    for (const char c : text) {
        if (unreserved.contains(c))
            result += c;
        else
            result += "%" + crypto::to_hex(crypto::bytes_of(std::string_view(&c, 1)));
    }
    return result;
}

/// As it stands between the quotes of a JSON string.
std::string json_encoded(std::string_view text) {
    const std::string quoted = boost::json::serialize(boost::json::value(boost::json::string(text)));
    return quoted.substr(1, quoted.size() - 2);
}

struct Blank {
    std::string_view name;
    std::string_view value;
};

/// The template with its blanks filled in; what is filled in is not looked at again.
template <class Encode>
std::string filled(std::string_view text, const std::array<Blank, 3>& blanks, Encode encode) {
    std::string result;
    while (!text.empty()) {
        bool is_blank = false;
        for (const Blank& blank : blanks) {
            if (!text.starts_with(blank.name))
                continue;
            result += encode(blank.value);
            text.remove_prefix(blank.name.size());
            is_blank = true;
            break;
        }
        if (is_blank)
            continue;
        result += text.front();
        text.remove_prefix(1);
    }
    return result;
}

}  // namespace

std::string sms_text(const AlertMessage& message) {
    constexpr std::size_t longest_reason = 200;
    std::string reason = message.reason;
    if (reason.size() > longest_reason) {
        constexpr unsigned char mask = 0xC0;
        constexpr unsigned char continuation = 0x80;
        std::size_t end = longest_reason;
        while (end > 0 && (static_cast<unsigned char>(reason[end]) & mask) == continuation)
            --end;
        reason = reason.substr(0, end) + "...";
    }
    return message.title + ". " + reason + (message.link.empty() ? "" : " ") + message.link;
}

net::ClientRequest sms_request(const Twilio& twilio, const std::string& to, const AlertMessage& message) {
    const std::string sender = twilio.from.starts_with("MG") ? "MessagingServiceSid=" : "From=";
    SecretString credentials(twilio.account_sid + ":" + twilio.auth_token.reveal());
    net::ClientRequest request;
    request.url = twilio.url + "/2010-04-01/Accounts/" + percent_encoded(twilio.account_sid) + "/Messages.json";
    request.headers.emplace_back("Authorization", "Basic " + crypto::to_base64(crypto::bytes_of(credentials.reveal())));
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.headers.emplace_back("I-Twilio-Idempotency-Token", message.id);
    request.body = SecretString("To=" + percent_encoded(to) + "&" + sender + percent_encoded(twilio.from) +
                                "&Body=" + percent_encoded(sms_text(message)));
    return request;
}

net::ClientRequest sms_request(const SmsGateway& gateway, const std::string& to, const AlertMessage& message) {
    const std::string text = sms_text(message);
    const std::array blanks{Blank{"{to}", to}, Blank{"{text}", text}, Blank{"{id}", message.id}};
    const bool is_json = gateway.body.starts_with('{') || gateway.body.starts_with('[');
    net::ClientRequest request;
    request.method = gateway.body.empty() ? "GET" : "POST";
    request.url = filled(gateway.url.reveal(), blanks, percent_encoded);
    if (!gateway.authorization.empty())
        request.headers.emplace_back("Authorization", gateway.authorization.reveal());
    if (gateway.body.empty())
        return request;
    request.headers.emplace_back("Content-Type", is_json ? "application/json" : "application/x-www-form-urlencoded");
    request.body = SecretString(is_json ? filled(gateway.body, blanks, json_encoded)
                                        : filled(gateway.body, blanks, percent_encoded));
    return request;
}

SmsChannel::SmsChannel(net::HttpClient& http, const Carrier& carrier, std::string to)
    : http_(http), carrier_(carrier), to_(std::move(to)), name_(std::string(channel::sms) + ":" + to_) {}

async::Task<Result<void>> SmsChannel::send(AlertMessage message, async::Deadline deadline) {
    net::ClientRequest request =
        std::visit([&](const auto& carrier) { return sms_request(carrier, to_, message); }, carrier_);
    const auto answer = co_await http_.send(std::move(request), deadline);
    co_return taken(answer);
}

}  // namespace evergrant::health
