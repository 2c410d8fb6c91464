#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "oauth/authorization_request.h"
#include "oauth/form.h"
#include "oauth/provider_text.h"

#include <algorithm>
#include <utility>

namespace evergrant::oauth {

namespace {

constexpr std::size_t longest_query = 16 * 1024;
constexpr std::size_t most_parameters = 50;

std::unexpected<Error> refused(std::string message) {
    return failure(Errc::invalid_request, std::move(message));
}

std::unexpected<Error> refused(FormProblem problem) {
    switch (problem) {
        case FormProblem::too_many: return refused("The provider's answer has more than 50 parameters.");
        case FormProblem::badly_encoded: return refused("A parameter of the provider's answer is badly encoded.");
        case FormProblem::repeated: return refused("A parameter of the provider's answer is repeated.");
    }
    std::unreachable();
}

void sort_in(Callback& callback, FormParameter parameter) {
    auto& [name, value] = parameter;
    if (name == "state")
        callback.state = std::move(value);
    else if (name == "code")
        callback.code = SecretString(std::move(value));
    else if (name == "error")
        callback.error = shown_code(value);
    else if (name == "error_description")
        callback.error_description = std::move(value);
    else if (name == "iss")
        callback.issuer = std::move(value);
    else if (!name.empty())
        callback.others.emplace(std::move(name), std::move(value));
}

/// `name=value&…` with `escape` applied to each side.
template <class Escape>
std::string message_of(const std::vector<FormParameter>& sorted, Escape escape) {
    std::string message;
    for (const FormParameter& parameter : sorted) {
        if (!message.empty())
            message += '&';
        message += escape(parameter.name, true);
        message += '=';
        message += escape(parameter.value, false);
    }
    return message;
}

/// As Shopify documented it first: only what would end a name or a value is escaped.
std::string lightly_escaped(std::string_view text, bool is_name) {
    std::string escaped;
    for (const char c : text) {
        if (c == '%' || c == '&' || (c == '=' && is_name))
            escaped += url_encode(std::string_view(&c, 1));
        else
            escaped += c;
    }
    return escaped;
}

bool signs(const SecretString& secret, std::string_view message, std::string_view received) {
    const crypto::Digest expected = crypto::hmac_sha256(crypto::bytes_of(secret.reveal()), message);
    return crypto::equal_in_constant_time(expected, crypto::bytes_of(received));
}

}  // namespace

Result<Callback> parse_callback(std::string_view query) {
    if (query.size() > longest_query)
        return refused("The provider's answer is longer than 16 KiB.");
    auto parameters = read_form(query, most_parameters);
    if (!parameters)
        return refused(parameters.error());
    Callback callback;
    for (FormParameter& parameter : *parameters)
        sort_in(callback, std::move(parameter));
    if (!is_visible_ascii(callback.state) || !is_visible_ascii(callback.code.reveal()) ||
        !is_visible_ascii(callback.issuer))
        return refused(FormProblem::badly_encoded);
    if (!callback.error.empty())
        callback.code = SecretString();
    return callback;
}

Result<void> check_issuer(std::string_view received, std::string_view recorded, bool advertised) {
    if (received.empty()) {
        if (advertised)
            return refused("The answer does not say which authorization server it comes from, as this provider must.");
        return {};
    }
    const bool nothing_to_compare = recorded.empty() && !advertised;
    if (!nothing_to_compare && received != recorded)
        return refused("The answer comes from another authorization server than the one that was asked.");
    return {};
}

bool hmac_matches(std::string_view query, const SecretString& client_secret) {
    if (client_secret.empty() || query.size() > longest_query)
        return false;
    auto parameters = read_form(query, most_parameters);
    if (!parameters)
        return false;
    const auto signature = std::ranges::find(*parameters, "hmac", &FormParameter::name);
    if (signature == parameters->end())
        return false;
    const auto received = crypto::from_hex(signature->value);
    if (!received)
        return false;
    parameters->erase(signature);
    std::ranges::sort(*parameters, {}, &FormParameter::name);
    // The provider's libraries differ in how they escape what they sign; either way no two queries read alike.
    const bool light = signs(client_secret, message_of(*parameters, lightly_escaped), *received);
    const bool full =
        signs(client_secret, message_of(*parameters, [](std::string_view text, bool) { return form_encode(text); }),
              *received);
    return light || full;
}

}  // namespace evergrant::oauth
