#include "app/handler_slot.h"

namespace evergrant::app {

async::Task<net::Response> MetricsHandler::answer(net::Request request, async::Deadline deadline) {
    static_cast<void>(deadline);
    if (request.path != "/metrics") {
        Error error;
        error.code = Errc::not_found;
        error.message = "This listener answers /metrics alone.";
        co_return net::error_response(error, request.request_id);
    }
    auto preparing = before_each_();
    co_await std::move(preparing);
    net::Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics_.render();
    co_return response;
}

}  // namespace evergrant::app
