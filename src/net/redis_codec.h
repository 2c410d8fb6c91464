#pragma once
//
// Redis's protocol as bytes: commands written, answers read, on hiredis's formatter and reader. No I/O.
//
#include "base/error.h"
#include "net/redis_reply.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct redisReader;

namespace evergrant::net {

[[nodiscard]] std::string encode_redis_command(const RedisWords& words);

/// Answers out of a stream of bytes. After an error it reads nothing more.
class RedisReader {
public:
    /// `answer_limit` in bytes. An answer has at most 65,536 elements, whatever their size.
    explicit RedisReader(std::size_t answer_limit);
    ~RedisReader();
    RedisReader(const RedisReader&) = delete;
    RedisReader& operator=(const RedisReader&) = delete;

    void feed(std::string_view bytes);

    /// The next answer, or nothing until more bytes come. Errors: provider_error: this is not Redis's protocol, or the
    /// answer is too long.
    [[nodiscard]] Result<std::optional<RedisReply>> next();

private:
    struct Release {
        void operator()(redisReader* reader) const noexcept;
    };

    std::size_t answer_limit_;
    std::size_t fed_{0};       // bytes since the end of the last answer
    std::size_t elements_{0};  // of the answer that is being read
    std::unique_ptr<redisReader, Release> reader_;
};

}  // namespace evergrant::net
