#pragma once
//
// Provider: an authorization server and API as a catalogue file describes it. Data, not code: what differs between
// providers stands here, and nowhere else in the program. Files are read by catalog.h.
//
#include "base/error.h"
#include "base/ids.h"
#include "catalog/crm_api.h"
#include "catalog/template.h"
#include "catalog/text_pattern.h"
#include "oauth/client_authentication.h"
#include "oauth/failure.h"
#include "oauth/grant_type.h"
#include "oauth/token_request.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::catalog {

using oauth::GrantType;

enum class Pkce : std::uint8_t { s256, none };

/// What happens to a refresh token when it is used.
enum class RefreshPolicyKind : std::uint8_t {
    is_static,           ///< stays the same: a lost answer costs nothing
    rotates_with_grace,  ///< replaced; the old one works for `grace` more
    rotates_strictly,    ///< replaced; presenting the old one again may revoke the grant
};

struct RefreshPolicy {
    RefreshPolicyKind kind{RefreshPolicyKind::rotates_strictly};
    std::chrono::seconds grace{0};
    std::optional<std::chrono::days> idle_life;  ///< an unused refresh token dies after this
    std::optional<std::chrono::days> life;       ///< any refresh token dies after this
};

/// What a client assertion (private_key_jwt) names as its audience.
enum class AssertionAudience : std::uint8_t { issuer, token_url };

/// Where a JWT bearer grant says which scopes it is for: RFC 7523 puts them into the request, Google and DocuSign into
/// the assertion, Salesforce knows them from the app.
enum class AssertionScope : std::uint8_t { request, assertion, none };

/// What the assertion of a JWT bearer grant (RFC 7523 2.1) says.
struct JwtBearerRules {
    std::optional<Template> subject;   ///< whom the app acts for; without a value: itself
    std::optional<Template> audience;  ///< without it as in a client assertion
    AssertionScope scope{AssertionScope::request};
};

/// Who may give a parameter's value.
enum class AskedOf : std::uint8_t {
    operator_,  ///< the app credentials, or the application that begins an authorization
    person,     ///< who connects, too: the connect page asks for it
};

/// A value that comes from outside and ends up in a URL: what it may be. Exactly one of `pattern` and `allowed` is set.
/// Whatever they say, no value is longer than 512 bytes or holds a control character.
struct ValueRule {
    std::string name;
    std::string description;
    std::string example;
    std::string pattern;  ///< ECMAScript; the whole value must match
    std::vector<std::string> allowed;
    std::string default_value;  ///< empty: none; a parameter's may be a template of earlier parameters
    bool required{false};
    std::string label{};  ///< what a form calls it; empty: its name
    AskedOf asked_of{AskedOf::operator_};
    std::shared_ptr<const TextPattern> compiled{};  ///< `pattern`, ready to use; without it `check` compiles

    /// Errors: invalid_request whose field is `params.<name>`.
    [[nodiscard]] Result<void> check(std::string_view value) const;
};

/// A parameter that nobody gives: its value follows from another's. Usable in endpoints and in the API base.
struct DerivedParameter {
    std::string name;
    std::string from;                           ///< the parameter it follows from
    std::map<std::string, std::string> values;  ///< value of `from` → value of this one
};

/// What a callback brings besides code and state.
struct CallbackRules {
    std::map<std::string, std::string> parameters;  ///< query name → parameter of the connection
    std::vector<std::string> keep;                  ///< query names kept as metadata (location, realmId)
    bool verify_hmac{false};                        ///< Shopify's
    std::map<std::string, Template> must_equal;     ///< query name → what it must be, made from the parameters (shop)
};

/// At most `tokens` refreshes of one connection in `window`.
struct RefreshBudget {
    unsigned tokens{0};
    std::chrono::seconds window{0};
};

/// At most `requests` in `window`.
struct RateBudget {
    unsigned requests{0};
    std::chrono::seconds window{0};
};

/// How many refreshes and calls a provider bears, of all replicas together.
struct Budgets {
    std::optional<RateBudget> provider{};          ///< of all connections
    std::optional<RateBudget> app{};               ///< of those with the same app credentials
    std::optional<RateBudget> calls{};             ///< of its API, by proxy and connectors, for all connections
    std::optional<RateBudget> connection_calls{};  ///< the same for each connection
};

/// What ends when a refresh token is revoked: what was obtained with it, or all that the person ever granted this app.
enum class RevocationEnds : std::uint8_t { token, grant };

struct Provider {
    ProviderId id;
    std::string name;
    std::string description;  ///< one sentence for who chooses among providers
    std::string documentation_url;
    std::string logo;
    bool abstract{false};  ///< only there to be extended; Catalog::find does not see it
    std::vector<GrantType> grant_types;

    std::optional<Template> issuer;  ///< with it and without endpoints: discovered
    bool discovery{false};           ///< endpoints come from <issuer>/.well-known/openid-configuration
    bool smart_discovery{false};     ///< … from <API base>/.well-known/smart-configuration (SMART App Launch 2.2)
    std::optional<Template> authorization_url;
    std::optional<Template> token_url;
    std::optional<Template> revocation_url;
    std::optional<Template> jwks_url;  ///< the keys of the issuer's id_tokens; by discovery, its jwks_uri
    /// The one algorithm that id_tokens are signed by, as the client is registered; empty: any by a public key.
    std::string id_token_signed_response_alg;
    oauth::RevocationStyle revocation_style{oauth::RevocationStyle::rfc7009};
    RevocationEnds revocation_ends{RevocationEnds::grant};
    std::optional<Template> api_base_url;
    std::string authorization_header{"Authorization"};  ///< of API calls
    std::string authorization_scheme{"Bearer"};         ///< of API calls; empty: the bare token

    oauth::ClientAuthMethod client_auth{oauth::ClientAuthMethod::client_secret_basic};
    std::string client_auth_parameter;  ///< the parameter that chooses another one; empty: none does
    AssertionAudience assertion_audience{AssertionAudience::issuer};
    std::optional<Template> assertion_algorithm;  ///< without a value: default_assertion_algorithm
    std::optional<Template> assertion_key;        ///< the id of a signing key; without a value: the oldest that fits
    JwtBearerRules jwt_bearer;
    bool issuer_in_callback{false};  ///< RFC 9207 `iss` is advertised
    Pkce pkce{Pkce::s256};
    std::vector<std::string> scopes;                        ///< asked for when the caller names none
    std::map<std::string, std::string> scope_descriptions;  ///< scope → what it allows, for who is asked to grant it
    std::string scope_separator{" "};
    std::map<std::string, Template> authorization_params;
    std::map<std::string, Template> token_params;

    RefreshPolicy refresh;
    std::optional<std::chrono::seconds> access_token_lifetime;  ///< when expires_in is missing
    std::optional<RefreshBudget> refresh_budget;
    Budgets budgets;
    std::vector<oauth::ErrorRule> errors;
    std::vector<ValueRule> parameters;
    std::vector<DerivedParameter> derived_parameters;
    std::vector<ValueRule> metadata;  ///< rules for token-response members that templates use
    CallbackRules callback;
    std::string health_probe;       ///< path, from `/`, to put after the API base for a cheap read; empty: none
    std::string crm;                ///< which CRM connector knows this API; empty: none does
    std::optional<CrmApi> crm_api;  ///< with the connector `rest`: how it is spoken to
    std::string calendar;           ///< which calendar connector does

    [[nodiscard]] bool grants(GrantType type) const noexcept;
};

/// Where a provider is for one connection. Empty: the provider has none.
struct Endpoints {
    std::string issuer;
    std::string authorization_url;
    std::string token_url;
    std::string revocation_url;
    std::string mtls_token_url;       ///< for who proves himself by a certificate (RFC 8705 section 5); empty: as above
    std::string mtls_revocation_url;  ///< the same
    std::string jwks_url;             ///< the keys of the issuer's id_tokens
    bool issuer_in_callback{false};   ///< RFC 9207 `iss` is advertised
    std::vector<std::string> capabilities{};  ///< of a SMART server
};

/// `given` with defaults filled in, every value checked. Errors: invalid_request naming the parameter: unknown (with
/// the nearest known one), missing, or not allowed.
[[nodiscard]] Result<Parameters> check_parameters(const Provider& provider, const Parameters& given);

/// What templates may use: `params`, the defaults of those not given (an entry may have gained a parameter since the
/// connection was made), and the derived parameters.
[[nodiscard]] Parameters complete_parameters(const Provider& provider, const Parameters& params);

/// How a connection with these parameters authenticates our client.
[[nodiscard]] oauth::ClientAuthMethod client_auth_for(const Provider& provider, const Parameters& params);

/// What an assertion for one connection says, and what signs it.
struct Assertion {
    std::string audience;
    std::string subject;    ///< empty: the client itself
    std::string algorithm;  ///< as RFC 7518 names it
    std::string key_id;     ///< empty: the oldest key of that algorithm
};

inline constexpr std::string_view default_assertion_algorithm = "RS256";

/// Of private_key_jwt (RFC 7523 2.2).
[[nodiscard]] Assertion client_assertion_for(const Provider& provider, const Parameters& params,
                                             const Endpoints& endpoints);

/// Of the JWT bearer grant (RFC 7523 2.1).
[[nodiscard]] Assertion grant_assertion_for(const Provider& provider, const Parameters& params,
                                            const Endpoints& endpoints);

/// Endpoints of a provider whose file names them; by discovery, the issuer alone. `params` have passed
/// check_parameters. An endpoint made from an optional parameter that was not given is empty. Errors: invalid_request
/// when a value does not fit into its URL, or the token URL needs a parameter that was not given.
[[nodiscard]] Result<Endpoints> resolve_endpoints(const Provider& provider, const Parameters& params);

/// The parameter that a SMART server's FHIR base is; empty if it is none.
[[nodiscard]] std::string smart_base_parameter(const Provider& provider);

/// Whether this parameter's value begins a URL to which our secret is sent, so that whoever gives it would choose the
/// server. Not where the entry lists all values.
[[nodiscard]] bool decides_who_gets_the_secret(const Provider& provider, std::string_view parameter);

/// The API base for a connection; empty if the provider has none. Metadata is checked by the provider's rules first:
/// a value that breaks them is an error, so that a token never goes to another host. Errors: egress_denied for such a
/// value, provider_error when one that the base needs is missing, invalid_request as above.
[[nodiscard]] Result<std::string> resolve_api_base(const Provider& provider, const Parameters& params,
                                                   const boost::json::object& metadata);

/// The metadata of a token response against the provider's rules, for refusing it before it is stored. Errors:
/// egress_denied for a value that breaks its rule, provider_error for a required one that is missing.
[[nodiscard]] Result<void> check_metadata(const Provider& provider, const boost::json::object& metadata);

/// The parameters after a callback: what it must equal is compared with `params`, what it brings as a parameter is put
/// in and checked. `others` are the callback's parameters besides state, code, error and iss. Errors: invalid_request.
[[nodiscard]] Result<Parameters> apply_callback(const Provider& provider, Parameters params,
                                                const std::map<std::string, std::string>& others);

/// What a callback brings that is kept as metadata, each value cut to 512 bytes.
[[nodiscard]] boost::json::object kept_of_callback(const Provider& provider,
                                                   const std::map<std::string, std::string>& others);

/// `templates` expanded; those that are empty after expansion, or name a parameter that was not given, are left out.
[[nodiscard]] Result<std::map<std::string, std::string>> expand_all(const std::map<std::string, Template>& templates,
                                                                    const Parameters& params);

[[nodiscard]] std::string_view name_of(RefreshPolicyKind kind) noexcept;
[[nodiscard]] std::string_view name_of(Pkce pkce) noexcept;
[[nodiscard]] std::string_view name_of(AssertionAudience audience) noexcept;

}  // namespace evergrant::catalog
