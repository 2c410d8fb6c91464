//
// Anything a browser may bring to the callback: the first line is the query, a second one the recorded issuer.
//
#include "oauth/authorization_request.h"
#include "oauth/form.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace evergrant;

void require(bool holds) {
    if (!holds)
        std::abort();
}

bool is_plain(std::string_view text) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _-.";
    return text.find_first_not_of(plain) == std::string_view::npos;
}

void require_no_line_break(std::string_view text) {
    require(text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
}

void check_refusal(std::string_view query, const Error& error) {
    require(error.code == Errc::invalid_request && !error.message.empty() && error.detail.empty());
    constexpr std::size_t long_enough_to_mean_it = 12;
    require(query.size() < long_enough_to_mean_it || error.message.find(query) == std::string::npos);
}

/// What was read, written again, reads the same.
void check_round_trip(const oauth::Callback& callback) {
    oauth::FormWriter form;
    form.add("state", callback.state);
    form.add("code", callback.code.reveal());
    form.add("error", callback.error);
    form.add("error_description", callback.error_description);
    form.add("iss", callback.issuer);
    for (const auto& [name, value] : callback.others)
        form.add(name, value);
    const SecretString text = form.take();
    const auto again = oauth::parse_callback(text.reveal());
    if (!again) {
        constexpr std::size_t longest_query = 16 * 1024;
        require(text.reveal().size() > longest_query);
        return;
    }
    require(again->state == callback.state && again->code.reveal() == callback.code.reveal());
    require(again->error_description == callback.error_description && again->issuer == callback.issuer);
    require(again->error.empty() == callback.error.empty());
}

void check_callback(const oauth::Callback& callback) {
    constexpr std::size_t longest_code = 64;
    constexpr std::size_t most_parameters = 50;
    require(callback.error.empty() || callback.code.empty());
    require(callback.error.size() <= longest_code && is_plain(callback.error));
    require(callback.others.size() <= most_parameters);
    require_no_line_break(callback.state);
    require_no_line_break(callback.code.reveal());
    require_no_line_break(callback.issuer);
    for (const std::string_view name : {"", "state", "code", "error", "error_description", "iss"})
        require(!callback.others.contains(std::string(name)));
    for (const auto& [name, value] : callback.others)
        require(name.find('\0') == std::string::npos && value.find('\0') == std::string::npos);
    check_round_trip(callback);
}

void check_issuers(std::string_view received, std::string_view recorded) {
    const bool advertised = oauth::check_issuer(received, recorded, true).has_value();
    const bool optional = oauth::check_issuer(received, recorded, false).has_value();
    require(advertised == (!received.empty() && received == recorded));
    require(optional == (received.empty() || recorded.empty() || received == recorded));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(data, data + size);
    const std::size_t line = input.find('\n');
    const std::string_view query = std::string_view(input).substr(0, line);
    const std::string_view recorded = line == std::string::npos ? "" : std::string_view(input).substr(line + 1);

    const auto callback = evergrant::oauth::parse_callback(query);
    if (callback) {
        check_callback(*callback);
        check_issuers(callback->issuer, recorded);
    } else {
        check_refusal(query, callback.error());
    }
    // Nobody guesses a signature, and without a secret there is none.
    require(!evergrant::oauth::hmac_matches(query, evergrant::SecretString("a secret that no corpus knows")));
    require(!evergrant::oauth::hmac_matches(query, evergrant::SecretString()));
    return 0;
}
