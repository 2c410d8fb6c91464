#pragma once
//
// Envelope: the `{success, data, metadata}` in which the older routes of operators answer, and the shape of their
// errors. Its figures are measured.
//
#include "base/clock.h"
#include "base/error.h"
#include "net/http_message.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <string_view>

namespace evergrant::api {

/// Whether a path answers in the envelope, errors too.
[[nodiscard]] bool is_enveloped(std::string_view path) noexcept;

/// `begun`: when the request was taken up.
[[nodiscard]] net::Response enveloped(boost::json::object data, std::string_view request_id,
                                      std::chrono::steady_clock::time_point begun, sys_seconds now);

/// Status and headers as of every other error.
[[nodiscard]] net::Response enveloped_error(const Error& error, std::string_view request_id, sys_seconds now);

}  // namespace evergrant::api
