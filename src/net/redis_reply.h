#pragma once
//
// What is said to Redis and what it answers, as values (RESP2). Reading and writing the bytes is redis_codec.h.
//
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::net {

/// One command: its name and arguments, any bytes.
using RedisWords = std::vector<std::string>;

struct RedisCommand {
    RedisWords words;
    std::string key;  ///< the key it is about, by which a cluster finds its node; empty: any node will do
};

struct RedisReply {
    enum class Kind : std::uint8_t { nil, status, error, integer, text, array };
    Kind kind{Kind::nil};
    std::int64_t integer{0};          ///< of an integer
    std::string text{};               ///< of a status, an error or a text
    std::vector<RedisReply> items{};  ///< of an array

    [[nodiscard]] bool is_nil() const noexcept { return kind == Kind::nil; }

    /// Whether it is an error; `code` is its first word, such as `NOSCRIPT`.
    [[nodiscard]] bool is_error() const noexcept { return kind == Kind::error; }
    [[nodiscard]] bool is_error(std::string_view code) const noexcept {
        return is_error() && std::string_view(text).substr(0, text.find(' ')) == code;
    }
};

}  // namespace evergrant::net
