#pragma once
//
// HandlerSlot: lets a listener be bound before its handler exists, because the handler wants to know the port. Filled
// before the listener accepts. MetricsHandler: what the listener of its own for metrics answers with.
//
#include "async/task.h"
#include "base/metrics.h"
#include "net/http_message.h"

#include <functional>
#include <utility>

namespace evergrant::app {

class HandlerSlot final : public net::RequestHandler {
public:
    void fill(net::RequestHandler& handler) noexcept { handler_ = &handler; }

    bool answer_at_once(const net::RequestView& request, net::ResponseBuffer& out) override {
        return handler_->answer_at_once(request, out);
    }
    async::Task<net::Response> answer(net::Request request, async::Deadline deadline) override {
        return handler_->answer(std::move(request), deadline);
    }
    bool streams(std::string_view target) const noexcept override { return handler_->streams(target); }
    async::Task<void> answer_stream(net::Request request, net::Exchange* exchange) override {
        return handler_->answer_stream(std::move(request), exchange);
    }

private:
    net::RequestHandler* handler_{nullptr};
};

/// `GET /metrics`, to anyone who reaches its listener.
class MetricsHandler final : public net::RequestHandler {
public:
    /// `before_each` is awaited before each scrape.
    MetricsHandler(const Metrics& metrics, std::function<async::Task<void>()> before_each)
        : metrics_(metrics), before_each_(std::move(before_each)) {}

    bool answer_at_once(const net::RequestView&, net::ResponseBuffer&) override { return false; }
    async::Task<net::Response> answer(net::Request request, async::Deadline deadline) override;

private:
    const Metrics& metrics_;
    std::function<async::Task<void>()> before_each_;
};

}  // namespace evergrant::app
