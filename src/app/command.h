#pragma once
//
// Command: what the command line asks for, as a value. Parsing is command_line.h's, doing run_command.h's.
//
#include "base/ids.h"
#include "net/headers.h"
#include "storage/records.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace evergrant::app {

/// A running server and how to be let in. Empty: EVERGRANT_URL and EVERGRANT_API_KEY.
struct ServerOptions {
    std::string url{};
    std::string key{};
};

struct Serve {};

struct KeysCreate {
    std::string name{};
    storage::Role role{storage::Role::app};
    std::vector<TenantId> tenants{};      ///< empty: all
    std::vector<ProviderId> providers{};  ///< empty: all
    storage::CallLimits limits{};         ///< what it may call at providers' APIs
    std::optional<std::chrono::days> life{};
    ServerOptions server{};
};

struct KeysList {
    bool as_json{false};
    ServerOptions server{};
};

struct KeysRevoke {
    std::string id{};
    ServerOptions server{};
};

struct ConfigCheck {};

struct ConfigShow {
    bool as_json{false};
};

struct ProvidersList {
    bool as_json{false};
};

struct ProvidersShow {
    std::string id{};
};

struct ProvidersCheck {
    std::vector<std::filesystem::path> files{};
};

struct Connect {
    TenantId tenant{};
    std::string provider{};
    std::optional<IntegrationId> integration{};  ///< nothing: the provider's id
    std::vector<std::string> scopes{};           ///< empty: the provider's own
    std::map<std::string, std::string> params{};
    std::string redirect_to{};
    bool create_tenant{false};           ///< if it does not exist
    std::chrono::seconds patience{600};  ///< 0: print the link and do not wait
    ServerOptions server{};
};

struct Token {
    TenantId tenant{};
    IntegrationId integration{};
    std::chrono::seconds min_ttl{0};
    bool force_refresh{false};
    bool as_json{false};
    ServerOptions server{};
};

/// One call of a provider's API, by the server.
struct ApiCall {
    TenantId tenant{};
    IntegrationId integration{};
    std::string method{};               ///< in capitals
    std::string path{};                 ///< with its query; begins with a slash
    std::optional<std::string> data{};  ///< a text, `@FILE`, or `-` for the standard input
    net::Headers headers{};             ///< names in lower case
    bool include{false};                ///< status and headers are printed too
    std::optional<unsigned> retries{};
    std::optional<std::chrono::seconds> max_wait{};
    ServerOptions server{};
};

/// Of a tenant, of a provider, or of one at the other: all their grants.
struct Revoke {
    std::string tenant{};    ///< empty: all
    std::string provider{};  ///< empty: all
    std::string status{};    ///< empty: all
    unsigned per_second{5};
    bool confirmed{false};  ///< else it is only said how many there are
    ServerOptions server{};
};

struct AlertsTest {
    bool as_json{false};
    ServerOptions server{};
};

/// Stores by name: sqlite:DIR or postgresql://…
struct StorageCopy {
    std::string from{};
    std::string to{};
};

struct Migrate {};

struct Backup {
    std::filesystem::path file{};
};

struct Restore {
    std::filesystem::path file{};
};

struct Version {};

enum class Shell : std::uint8_t { bash, zsh, fish };

struct Completion {
    Shell shell{Shell::bash};
};

/// `--help`: the text is ready.
struct Help {
    std::string text{};
};

/// Which audit events. Empty: any. Times as the contract writes them.
struct AuditChoice {
    std::string tenant{};
    std::string integration{};
    std::string action{};
    std::string actor{};
    std::string outcome{};
    std::string from{};
    std::string to{};
};

struct AuditTail {
    AuditChoice choice{};
    std::uint32_t count{20};
    bool follow{false};
    bool as_json{false};
    ServerOptions server{};
};

struct AuditExport {
    AuditChoice choice{};
    ServerOptions server{};
};

struct AuditVerify {
    std::filesystem::path checkpoint{};  ///< empty: none
    std::filesystem::path exported{};    ///< checked without a server; empty: the server's own log is
    ServerOptions server{};
};

struct AuditCheckpoint {
    ServerOptions server{};
};

struct KeysRotateMaster {
    bool no_wait{false};
    ServerOptions server{};
};

/// A new key, or with a file one made elsewhere.
struct SigningKeysAdd {
    std::string algorithm{};
    std::filesystem::path file{};  ///< empty: the server makes one
    ServerOptions server{};
};

struct SigningKeysList {
    bool as_json{false};
    ServerOptions server{};
};

struct SigningKeysRotate {
    std::string algorithm{};
    std::optional<std::chrono::hours> overlap{};  ///< nothing: the server's own
    std::string replaced{};                       ///< empty: there is one
    ServerOptions server{};
};

struct SigningKeysRemove {
    std::string id{};
    ServerOptions server{};
};

/// By exactly one of number, address and words.
struct CrmFind {
    TenantId tenant{};
    IntegrationId integration{};
    std::string phone{};
    std::string region{};  ///< where a number without `+` is at home; empty: as the tenant's settings say
    std::string email{};
    std::string words{};
    bool as_json{false};
    ServerOptions server{};
};

using Command =
    std::variant<Serve, KeysCreate, KeysList, KeysRevoke, ConfigCheck, ConfigShow, ProvidersList, ProvidersShow,
                 ProvidersCheck, Connect, Token, ApiCall, Revoke, AlertsTest, StorageCopy, Migrate, Backup, Restore,
                 Version, Completion, AuditTail, AuditExport, AuditVerify, AuditCheckpoint, KeysRotateMaster,
                 SigningKeysAdd, SigningKeysList, SigningKeysRotate, SigningKeysRemove, CrmFind, Help>;

}  // namespace evergrant::app
