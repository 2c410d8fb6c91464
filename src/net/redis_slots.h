#pragma once
//
// Which node of a Redis cluster has a key: the slots' map, as CLUSTER SLOTS tells it. Pure.
//
#include "net/redis_options.h"
#include "net/redis_reply.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::net {

/// Of 16,384: CRC16 (XMODEM) of the key, or of what stands in its first {braces} if that is not empty.
[[nodiscard]] std::uint16_t redis_slot(std::string_view key) noexcept;

/// The slots from `first` to `last` are one master's.
struct RedisSlotRange {
    std::uint16_t first{0};
    std::uint16_t last{0};
    RedisEndpoint master;
};

/// The answer to CLUSTER SLOTS. A node that does not know its own name has that by which it was `asked`. Nothing if it
/// is no such answer.
[[nodiscard]] std::optional<std::vector<RedisSlotRange>> read_redis_slots(const RedisReply& reply,
                                                                          const RedisEndpoint& asked);

/// `MOVED 3999 127.0.0.1:6381` or `ASK …`: where to. A host left out is that of the node that was `asked`.
[[nodiscard]] std::optional<RedisEndpoint> read_redis_redirect(std::string_view error, const RedisEndpoint& asked);

}  // namespace evergrant::net
