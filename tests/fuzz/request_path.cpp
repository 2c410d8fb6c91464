// Bytes from the network to requests. However they are cut, the same requests come out, and none of them holds
// what a header, a target or the limits forbid.
#include "net/request_parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

using evergrant::net::RequestParser;
using evergrant::net::RequestView;
using Outcome = RequestParser::Outcome;

constexpr std::size_t body_limit = 64 * 1024;

struct Read {
    std::vector<std::tuple<std::string, std::string, std::string, std::size_t>> requests;
    Outcome end{Outcome::need_more};
    bool too_large{false};
};

void require(bool holds) {
    if (!holds)
        std::abort();
}

bool is_clean(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

void check(const RequestView& request) {
    require(request.path.starts_with('/') || request.path == "*");
    require(is_clean(request.target) && request.target.find_first_of(" \t#") == request.target.npos);
    require(request.query.size() <= request.target.size());
    require(request.body.size() <= body_limit);
    require(request.header("Content-Length").empty() || request.header("Transfer-Encoding").empty());
    for (std::size_t index = 0; index < request.headers.size(); ++index) {
        const auto [name, value] = request.headers[index];
        require(!name.empty() && is_clean(name) && name.find_first_of(" \t:") == name.npos);
        require(is_clean(value));
    }
    const evergrant::net::Request copy(request, "id");
    require(copy.headers.size() == request.headers.size());
}

Read read_all(std::string_view bytes, std::size_t part) {
    RequestParser parser({.body_bytes = body_limit});
    Read read;
    while (!bytes.empty() && parser.outcome() == Outcome::need_more) {
        const auto room = parser.room();
        require(!room.empty());
        const std::size_t count = std::min({room.size(), bytes.size(), part});
        std::memcpy(room.data(), bytes.data(), count);
        bytes.remove_prefix(count);
        parser.received(count);
        while (parser.outcome() == Outcome::complete) {
            const RequestView request = parser.request();
            check(request);
            read.requests.emplace_back(request.method_name, request.target, request.body, request.headers.size());
            parser.next();
        }
    }
    read.too_large =
        parser.outcome() == Outcome::refused && parser.refusal().code == evergrant::Errc::payload_too_large;
    if (parser.outcome() == Outcome::refused)
        require(!evergrant::net::prepare(evergrant::net::error_response(parser.refusal(), "id")).head.empty());
    read.end = parser.outcome();
    return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::size_t part = 1 + data[0] % 64;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

    const Read whole = read_all(bytes, bytes.size() + 1);
    const Read cut = read_all(bytes, part);

    require(whole.requests == cut.requests);
    // A bad header may be noticed only when all of it is there. A chunk whose extension does not end, which is
    // malformed, is counted against the body's limit again each time the parser library looks at it.
    require(whole.end == cut.end || whole.end == Outcome::refused || cut.too_large);
    return 0;
}
