#include "net/redis_script.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <utility>

namespace evergrant::net {

namespace {

/// A name for the script, not a protection. Empty if this OpenSSL has no SHA-1: then the script is always sent whole.
std::string sha1_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::size_t size = 0;
    if (::EVP_Q_digest(nullptr, "SHA1", nullptr, text.data(), text.size(), digest.data(), &size) != 1)
        return {};
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (std::size_t at = 0; at < size; ++at) {
        hex += digits[digest.at(at) >> 4U];
        hex += digits[digest.at(at) & 15U];
    }
    return hex;
}

RedisCommand make_command(std::string verb, std::string script, const std::string& key, const RedisWords& arguments) {
    RedisCommand command{.words = {std::move(verb), std::move(script), "1", key}, .key = key};
    command.words.insert(command.words.end(), arguments.begin(), arguments.end());
    return command;
}

}  // namespace

RedisScript::RedisScript(std::string_view source) : source_(source), digest_(sha1_hex(source)) {}

async::Task<Result<RedisReply>> RedisScript::run(RedisClient* client, std::string key, RedisWords arguments,
                                                 async::Deadline deadline) const {
    if (!digest_.empty()) {
        auto by_digest = make_command("EVALSHA", digest_, key, arguments);
        auto reply = co_await client->command(std::move(by_digest), deadline);
        if (!reply || !reply->is_error("NOSCRIPT"))
            co_return reply;
    }
    auto whole = make_command("EVAL", source_, key, arguments);
    co_return co_await client->command(std::move(whole), deadline);
}

}  // namespace evergrant::net
