#include "health/standard_webhook.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"

namespace evergrant::health {

namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t shortest_key = 24;
constexpr std::size_t longest_key = 64;

std::optional<std::string> from_base64(std::string_view text) {
    constexpr std::size_t group = 4;
    if (text.size() % group != 0)
        return std::nullopt;
    std::string url_form(text.substr(0, text.find('=')));
    if (text.size() - url_form.size() > 2 || url_form.find_first_of("-_") != std::string::npos)
        return std::nullopt;
    for (char& c : url_form) {
        if (c == '+')
            c = '-';
        else if (c == '/')
            c = '_';
    }
    auto bytes = crypto::from_base64url(url_form);
    wipe(url_form.data(), url_form.size());
    return bytes;
}

}  // namespace

std::optional<SecretString> webhook_key(std::string_view secret) {
    if (!secret.starts_with(prefix))
        return std::nullopt;
    auto bytes = from_base64(secret.substr(prefix.size()));
    if (!bytes || bytes->size() < shortest_key || bytes->size() > longest_key)
        return std::nullopt;
    return SecretString(std::move(*bytes));
}

std::string webhook_signature(const SecretString& key, std::string_view id, sys_seconds at, std::string_view body) {
    std::string signed_text(id);
    signed_text.append(".").append(std::to_string(at.time_since_epoch().count())).append(".").append(body);
    return "v1," + crypto::to_base64(crypto::hmac_sha256(crypto::bytes_of(key.reveal()), signed_text));
}

}  // namespace evergrant::health
