#include "storage/contents.h"

#include "storage/columns.h"

#include "crypto/hash.h"
#include "storage/length_prefixed.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <concepts>
#include <stdexcept>
#include <utility>

namespace evergrant::storage {

namespace {

/// Everything an item says, field after field.
class Writing {
public:
    ~Writing() { wipe(text_.data(), text_.size()); }
    Writing() { text_.reserve(usual_size); }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

    template <class... Fields>
    void add(const Fields&... fields) {
        (add_one(fields), ...);
    }

    [[nodiscard]] std::string digest() const {
        const crypto::Digest digest = crypto::sha256(text_);
        std::string bytes(digest.size(), '\0');
        std::ranges::transform(digest, bytes.begin(), [](std::byte byte) { return static_cast<char>(byte); });
        return bytes;
    }

private:
    static constexpr std::size_t usual_size = 16'384;  // seldom moved, so that few copies of secrets stay behind

    void add_one(std::string_view text) { append_field(text_, text); }
    void add_one(const SecretString& secret) { append_field(text_, secret.reveal()); }
    template <std::integral Number>
    void add_one(Number number) {
        append_number(text_, static_cast<std::uint64_t>(number), 8);
    }
    template <class Clock, class Duration>
    void add_one(const std::chrono::time_point<Clock, Duration>& time) {
        add_one(time.time_since_epoch().count());
    }
    template <class Value>
    void add_one(const std::optional<Value>& value) {
        add_one(value.has_value());
        if (value)
            add_one(*value);
    }
    template <class Value>
    void add_one(const std::vector<Value>& values) {
        add_one(values.size());
        for (const Value& value : values)
            add_one(value);
    }
    void add_one(const catalog::Parameters& params) {
        add_one(params.size());
        for (const auto& [name, value] : params)
            add(name, value);
    }
    void add_one(const boost::json::object& object) { add_one(std::string_view(boost::json::serialize(object))); }
    void add_one(const boost::json::array& array) { add_one(std::string_view(boost::json::serialize(array))); }
    void add_one(const ConnectionKey& key) { add(key.tenant.str(), key.integration.str()); }
    void add_one(const TenantId& id) { add_one(std::string_view(id.str())); }
    void add_one(const ProviderId& id) { add_one(std::string_view(id.str())); }
    void add_one(const oauth::ReplacedToken& replaced) { add(replaced.refresh_token, replaced.at); }
    void add_one(const Intent& intent) { add(intent.generation, intent.since, intent.owner, intent.attempts); }

    std::string text_;
};

void write(Writing& out, const Tenant& tenant) {
    out.add(tenant.id, tenant.name, tenant.time_zone, tenant.contacts, tenant.settings, tenant.created_at,
            tenant.updated_at);
}

void write(Writing& out, const AppCredentials& credentials) {
    out.add(credentials.tenant, credentials.provider, credentials.client_id, credentials.client_secrets,
            credentials.params, credentials.updated_at);
}

void write(Writing& out, const ApiKey& key) {
    out.add(key.id, key.name, name_of(key.role), key.secret_hash, key.tenants, key.providers, key.expires_at,
            key.last_used_at, key.revoked_at, key.created_at);
}

void write(Writing& out, const HeldConnection& held) {
    const ConnectionSummary& summary = held.connection.summary;
    const oauth::TokenSet& tokens = held.connection.tokens;
    out.add(held.abandoned, summary.key, summary.provider, name_of(summary.status), summary.generation, summary.scopes,
            summary.expires_at, summary.last_error, summary.failures, summary.next_try_at, summary.last_refresh,
            summary.intent, summary.created_at, summary.updated_at);
    out.add(summary.last_check_at, summary.next_check_at, summary.obtained_at, summary.dies_at, summary.renewal_notice,
            name_of(summary.grant_type), held.connection.asked_scopes, to_column(summary.granted_by));
    out.add(held.connection.params, tokens.access_token, tokens.refresh_token, tokens.token_type,
            tokens.lifetime.count(), tokens.metadata, tokens.replaced);
}

void write(Writing& out, const PendingAuthorization& pending) {
    out.add(pending.state_hash, pending.key, pending.provider, pending.client_id, pending.params, pending.scopes,
            pending.redirect_uri, pending.issuer, pending.issuer_required, pending.code_verifier, pending.nonce,
            pending.redirect_to, pending.started_by, pending.ticket_hash, pending.browser_hash,
            pending.authorization_url, pending.held, pending.created_at, pending.expires_at);
}

void write(Writing& out, const OnceMark& mark) {
    out.add(mark.name, mark.done_at);
}

void write(Writing& out, const GenerationFloor& floor) {
    out.add(floor.generation);
}

void write(Writing& out, const SigningKey& key) {
    out.add(key.id, key.algorithm, key.private_key, key.created_at, key.signs_from, key.signs_until,
            key.published_until);
}

void write(Writing& out, const LaunchIssuer& issuer) {
    out.add(issuer.provider, issuer.issuer, issuer.tenant, issuer.integration.str(), issuer.params, issuer.scopes);
}

}  // namespace

std::string_view name_of(ContentKind kind) noexcept {
    switch (kind) {
        case ContentKind::tenants: return "tenants";
        case ContentKind::app_credentials: return "app credentials";
        case ContentKind::api_keys: return "API keys";
        case ContentKind::connections: return "connections";
        case ContentKind::authorizations: return "authorizations under way";
        case ContentKind::once_marks: return "marks of things done once";
        case ContentKind::generation_floor: return "generation floor";
        case ContentKind::signing_keys: return "signing keys";
        case ContentKind::launch_issuers: return "launch issuers";
    }
    return "";
}

std::string fingerprint(const ContentItem& item) {
    Writing out;
    out.add(item.index());
    std::visit([&out](const auto& one) { write(out, one); }, item);
    return out.digest();
}

StoreContents& contents_of(Store& store) {
    auto* contents = dynamic_cast<StoreContents*>(&store);
    if (contents == nullptr)
        throw std::logic_error("this store does not give its contents");
    return *contents;
}

}  // namespace evergrant::storage
