#include "broker/renewal_link.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::string_view path = "/api/oauth/renew/";
constexpr std::size_t proof_size = 16;      // half an HMAC-SHA-256: a text message has to hold the link
constexpr std::size_t longest_link = 1024;  // three names at their longest, in base64url
constexpr char separator = '/';             // stands in no name

std::string proof_of(const crypto::AeadKey& key, std::string_view claim) {
    const crypto::Digest mac = crypto::hmac_sha256(key.reveal(), claim);
    std::string proof;
    for (std::size_t index = 0; index < proof_size; ++index)
        proof += static_cast<char>(mac[index]);
    return proof;
}

std::string claim_of(const RenewalSubject& subject, sys_seconds ends) {
    return std::to_string(ends.time_since_epoch().count()) + separator + subject.key.tenant.str() + separator +
           subject.key.integration.str() + separator + subject.provider.str();
}

std::string_view next_field(std::string_view& rest) {
    const std::string_view field = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), field.size() + 1));
    return field;
}

std::optional<Instant> read_time(std::string_view digits) {
    std::int64_t seconds = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, problem] = std::from_chars(digits.data(), end, seconds);
    if (problem != std::errc() || stop != end)
        return std::nullopt;
    return Instant(std::chrono::seconds(seconds));
}

}  // namespace

RenewalLinks::RenewalLinks(std::vector<crypto::AeadKey> keys, std::string base_url)
    : keys_(std::move(keys)), base_url_(std::move(base_url)) {}

std::string RenewalLinks::url_of(const RenewalSubject& subject, Instant from) const {
    const std::string claim = claim_of(subject, std::chrono::floor<std::chrono::seconds>(from + life));
    const std::string bytes = proof_of(keys_.front(), claim) + claim;
    return base_url_ + std::string(path) + crypto::to_base64url(crypto::bytes_of(bytes));
}

bool RenewalLinks::is_ours(std::string_view proof, std::string_view claim) const {
    bool found = false;
    for (const crypto::AeadKey& key : keys_) {
        const std::string expected = proof_of(key, claim);
        found = crypto::equal_in_constant_time(crypto::bytes_of(proof), crypto::bytes_of(expected)) || found;
    }
    return found;
}

std::optional<RenewalSubject> RenewalLinks::read(std::string_view link, Instant now) const {
    if (link.size() > longest_link)
        return std::nullopt;
    const auto bytes = crypto::from_base64url(link);
    if (!bytes || bytes->size() <= proof_size)
        return std::nullopt;
    const std::string_view proof = std::string_view(*bytes).substr(0, proof_size);
    std::string_view claim = std::string_view(*bytes).substr(proof_size);
    if (!is_ours(proof, claim))
        return std::nullopt;
    const auto ends = read_time(next_field(claim));
    const auto tenant = TenantId::parse(next_field(claim));
    const auto integration = IntegrationId::parse(next_field(claim));
    const auto provider = ProviderId::parse(claim);
    if (!ends || *ends <= now || !tenant || !integration || !provider)
        return std::nullopt;
    return RenewalSubject{.key = {.tenant = *tenant, .integration = *integration}, .provider = *provider};
}

}  // namespace evergrant::broker
