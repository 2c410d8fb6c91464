#include "storage/postgres/server_error.h"

#include <string_view>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

constexpr std::chrono::seconds before_trying_again{1};

}  // namespace

Remedy remedy_for(const ServerError& error) noexcept {
    const std::string_view state = error.state;
    const std::string_view message = error.message;
    const bool of_prepared_statement = message.find("prepared statement") != std::string_view::npos;
    if (state == "23505" || state == "23P01")
        return Remedy::tell_conflict;
    if (state == "40001" || state == "40P01")
        return Remedy::repeat;
    if (state == "26000" || state == "42P05" || (state == "08P01" && of_prepared_statement))
        return Remedy::send_unnamed;
    if (state == "0A000" && message.find("cached plan") != std::string_view::npos)
        return Remedy::prepare_elsewhere;
    if (state.starts_with("08") || state.starts_with("57P") || state == "25006")
        return Remedy::leave_server;
    // 57014: an administrator, or a time-out of the operator's, ended the statement. 55P03: a lock was not to be had.
    if (state.starts_with("53") || state == "57014" || state == "55P03")
        return Remedy::wait;
    return Remedy::report_bug;
}

Error to_error(const ServerError& error) {
    std::string detail = error.state + " " + error.message;
    switch (remedy_for(error)) {
        case Remedy::tell_conflict:
        case Remedy::repeat:
            return {.code = Errc::conflict, .message = "The change met another one.", .detail = std::move(detail)};
        case Remedy::leave_server:
        case Remedy::wait: return unavailable(std::move(detail));
        case Remedy::send_unnamed:
        case Remedy::prepare_elsewhere:
        case Remedy::report_bug: break;
    }
    return {.code = Errc::internal_error, .message = "The database refused a statement.", .detail = std::move(detail)};
}

Error unavailable(std::string detail) {
    return {.code = Errc::store_unavailable,
            .message = "The store cannot be reached now; try again shortly.",
            .detail = std::move(detail),
            .retry_after = before_trying_again};
}

}  // namespace evergrant::storage::postgres
