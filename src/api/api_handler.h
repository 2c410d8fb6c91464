#pragma once
//
// ApiHandler: the HTTP contract as the server of one shard calls it: finds the route, asks who calls and whether they
// may, and hands over. A cached token is answered here at once, without a route, a wait or an allocation.
//
#include "api/call.h"
#include "api/proxy_route.h"
#include "api/router.h"
#include "broker/broker.h"
#include "broker/rate_limit.h"
#include "net/http_message.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace evergrant::api {

/// Thread: one shard's. The references outlive it.
class ApiHandler final : public net::RequestHandler {
public:
    /// `limit_per_address`: this shard's share, for callers who show no valid credentials.
    ApiHandler(broker::BrokerShard& broker, connectors::ConnectorShard& connectors, const ApiContext& context,
               broker::RateLimit limit_per_address);

    bool answer_at_once(const net::RequestView& request, net::ResponseBuffer& out) override;
    async::Task<net::Response> answer(net::Request request, async::Deadline deadline) override;
    bool streams(std::string_view target) const noexcept override { return is_proxied(target); }
    async::Task<void> answer_stream(net::Request request, net::Exchange* exchange) override;

private:
    async::Task<Result<void>> proxy(net::Request* request, net::Exchange* exchange, storage::AuditEvent* about);
    async::Task<Result<net::Response>> dispatch(net::Request request, async::Deadline deadline,
                                                std::shared_ptr<storage::AuditEvent> about);
    async::Task<Result<broker::Principal>> admit(const Route* route, std::string authorization, std::string address,
                                                 std::string request_id);
    Result<void> within_rate(const std::string& address);

    broker::BrokerShard& broker_;
    connectors::ConnectorShard& connectors_;
    const ApiContext& context_;
    broker::RateLimit limit_per_address_;
    Counter& vended_at_once_;
    const std::string token_head_;
    std::unordered_map<std::string, broker::TokenBucket> addresses_;
};

/// The head of every answer to a token read, without its Content-Length.
[[nodiscard]] std::string token_head();
/// The body of the answer to a token read.
[[nodiscard]] SecretString render_token(const cache::CachedToken& token);

}  // namespace evergrant::api
