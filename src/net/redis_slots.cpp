#include "net/redis_slots.h"

#include <charconv>
#include <utility>

namespace evergrant::net {

namespace {

constexpr std::int64_t slot_count = 16'384;

std::uint16_t crc16(std::string_view text) noexcept {
    constexpr unsigned polynomial = 0x1021;
    unsigned crc = 0;
    for (const char c : text) {
        crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8U;
        for (int bit = 0; bit < 8; ++bit)
            crc = ((crc << 1U) ^ ((crc & 0x8000U) != 0 ? polynomial : 0U)) & 0xffffU;
    }
    return static_cast<std::uint16_t>(crc);
}

bool is_slot(const RedisReply& reply) {
    return reply.kind == RedisReply::Kind::integer && reply.integer >= 0 && reply.integer < slot_count;
}

std::optional<RedisSlotRange> read_range(const RedisReply& reply, const RedisEndpoint& asked) {
    using Kind = RedisReply::Kind;
    if (reply.kind != Kind::array || reply.items.size() < 3 || !is_slot(reply.items[0]) || !is_slot(reply.items[1]))
        return std::nullopt;
    const RedisReply& node = reply.items[2];
    if (node.kind != Kind::array || node.items.size() < 2 || node.items[1].kind != Kind::integer)
        return std::nullopt;
    const std::int64_t port = node.items[1].integer;
    if (port < 1 || port > 65'535)
        return std::nullopt;
    const std::string& host = node.items[0].text;
    return RedisSlotRange{
        .first = static_cast<std::uint16_t>(reply.items[0].integer),
        .last = static_cast<std::uint16_t>(reply.items[1].integer),
        .master = {.host = host.empty() ? asked.host : host, .port = static_cast<std::uint16_t>(port), .path = {}}};
}

}  // namespace

std::uint16_t redis_slot(std::string_view key) noexcept {
    const std::size_t open = key.find('{');
    const std::size_t close = open == std::string_view::npos ? open : key.find('}', open);
    if (close != std::string_view::npos && close > open + 1)
        key = key.substr(open + 1, close - open - 1);
    return crc16(key) % slot_count;
}

std::optional<std::vector<RedisSlotRange>> read_redis_slots(const RedisReply& reply, const RedisEndpoint& asked) {
    if (reply.kind != RedisReply::Kind::array || reply.items.empty())
        return std::nullopt;
    std::vector<RedisSlotRange> ranges;
    for (const RedisReply& item : reply.items) {
        auto range = read_range(item, asked);
        if (!range)
            return std::nullopt;
        ranges.push_back(std::move(*range));
    }
    return ranges;
}

std::optional<RedisEndpoint> read_redis_redirect(std::string_view error, const RedisEndpoint& asked) {
    const std::string_view address = error.substr(error.rfind(' ') + 1);
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    RedisEndpoint endpoint{.host = std::string(address.substr(0, colon)), .port = 0, .path = {}};
    if (endpoint.host.empty())
        endpoint.host = asked.host;
    const char* const end = address.data() + address.size();
    const auto read = std::from_chars(address.data() + colon + 1, end, endpoint.port);
    if (read.ec != std::errc() || read.ptr != end || endpoint.port == 0)
        return std::nullopt;
    return endpoint;
}

}  // namespace evergrant::net
