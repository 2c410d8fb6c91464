#pragma once
//
// Secret list: which of an app's client secrets are for which connections. A provider's data centre may want a secret
// of its own, by the value that a connection's parameter has there. The store keeps all of them in one sealed list;
// this is what stands where in it. Pure.
//
#include "base/secret.h"
#include "broker/app_clients.h"
#include "catalog/template.h"

#include <optional>
#include <string>
#include <vector>

namespace evergrant::broker {

/// For connections whose parameter has this value, instead of the usual ones.
struct SecretsOfParameter {
    std::string parameter;
    std::string value;
    std::vector<SecretString> secrets;  ///< tried in order; not empty
};

struct SecretList {
    std::vector<SecretString> usual;                    ///< tried in order; empty for public clients
    std::optional<std::vector<SecretsOfParameter>> by;  ///< nothing: not said, which a change leaves as it is

    /// From the form in which they are stored: the usual ones; then, behind an empty secret each, a parameter, its
    /// value and its secrets. An empty one at the end says that there are none.
    [[nodiscard]] static SecretList read(std::vector<SecretString> stored);
    [[nodiscard]] std::vector<SecretString> written() &&;
};

/// Leaves the client the secrets that are for connections with these parameters. Before anything is sent.
void narrow_to(AppClient* client, const catalog::Parameters& connection);

}  // namespace evergrant::broker
