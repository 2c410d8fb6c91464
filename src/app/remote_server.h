#pragma once
//
// RemoteServer: asks a running server over its HTTP contract, for the commands that do.
//
#include "app/command.h"
#include "app/environment.h"
#include "app/exit_code.h"
#include "async/task.h"
#include "base/secret.h"
#include "connectors/provider_api.h"
#include "net/http_client.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::app {

/// Where a server is and how to be let in.
struct ServerAccess {
    std::string url;  ///< without a slash at the end
    SecretString key;
};

/// Options before EVERGRANT_URL and EVERGRANT_API_KEY. Nothing: no URL is given. Errors: what is wrong with the URL, or
/// that there is no key, in one sentence.
[[nodiscard]] std::expected<std::optional<ServerAccess>, std::string> server_access(const ServerOptions& options,
                                                                                    const Environment& environment);

/// An answer that is not a 2xx, or that there was none.
struct RemoteFailure {
    std::string code;     ///< the contract's `error`; empty: there was no answer to read
    std::string message;  ///< one or two sentences, for a person
    ExitCode exit_code{ExitCode::failed};
};

template <class T>
using Remote = std::expected<T, RemoteFailure>;

/// What an answer of the server's own says is wrong.
[[nodiscard]] RemoteFailure failure_of(const net::ClientAnswer& answer);

/// Thread: the one that runs the client's context. Lifetime: `http` outlives it.
class RemoteServer {
public:
    RemoteServer(net::HttpClient& http, ServerAccess access) : http_(http), access_(std::move(access)) {}

    /// `path` begins with a slash and is encoded. The answer's body, an object; empty for 204.
    [[nodiscard]] async::Task<Remote<boost::json::object>> get(std::string path);
    [[nodiscard]] async::Task<Remote<boost::json::object>> post(std::string path, boost::json::object body);
    [[nodiscard]] async::Task<Remote<boost::json::object>> remove(std::string path);

    /// Sends `request` as it is, whose `url` is a path like those above, and gives its answer back, whatever the
    /// status.
    [[nodiscard]] async::Task<Remote<net::ClientAnswer>> pass(net::ClientRequest request);

private:
    async::Task<Remote<boost::json::object>> send(std::string method, std::string path, SecretString body);
    async::Task<Remote<net::ClientAnswer>> exchange(net::ClientRequest request, async::Deadline deadline);

    net::HttpClient& http_;
    ServerAccess access_;
};

using connectors::percent_encoded;

}  // namespace evergrant::app
