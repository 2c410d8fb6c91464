#include "broker/held_authorization.h"

#include "storage/columns.h"
#include "storage/rescue_record.h"

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evergrant::broker {

namespace {

constexpr std::string_view callback_kind = "callback";
constexpr std::string_view grant_kind = "grant";
constexpr std::size_t callback_parts = 2;
constexpr std::size_t grant_parts = 5;

std::vector<SecretString> begun(std::string_view kind) {
    std::vector<SecretString> parts;
    parts.emplace_back(std::string(kind));
    return parts;
}

std::optional<HeldAuthorization> grant_in(const std::vector<SecretString>& parts) {
    auto tokens = storage::read_rescued(parts[3]);
    if (!tokens)
        return std::nullopt;
    HeldGrant grant;
    grant.params = storage::parameters_from(parts[1].reveal());
    grant.granted_by = storage::identity_from(parts[2].reveal());
    grant.tokens = std::move(tokens->tokens);
    grant.revocation = std::stoull(parts[4].reveal());
    return grant;
}

}  // namespace

SecretString write_held(const HeldCallback& callback) {
    std::vector<SecretString> parts = begun(callback_kind);
    parts.push_back(callback.query.clone());
    return storage::pack(parts);
}

SecretString write_held(const storage::NewGrant& grant, std::uint64_t revocation) {
    storage::RefreshedGrant tokens;
    tokens.lease.key = grant.key;
    tokens.tokens = grant.tokens.clone();
    std::vector<SecretString> parts = begun(grant_kind);
    parts.emplace_back(storage::to_column(grant.params));
    parts.emplace_back(storage::to_column(grant.granted_by));
    parts.push_back(storage::write_rescued(tokens));
    parts.emplace_back(std::to_string(revocation));
    return storage::pack(parts);
}

std::optional<HeldAuthorization> read_held(const SecretString& text) {
    try {
        std::vector<SecretString> parts = storage::unpack(text);
        if (parts.size() == callback_parts && parts[0].reveal() == callback_kind)
            return HeldCallback{std::move(parts[1])};
        if (parts.size() == grant_parts && parts[0].reveal() == grant_kind)
            return grant_in(parts);
    } catch (const std::exception&) {
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace evergrant::broker
