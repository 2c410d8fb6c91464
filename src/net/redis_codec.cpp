#include "net/redis_codec.h"

#include "base/secret.h"

#include <hiredis/hiredis.h>

#include <new>
#include <utility>
#include <vector>

namespace evergrant::net {

namespace {

constexpr std::size_t most_elements = 65'536;

// hiredis builds an answer through these. Null means "out of memory" to it, which ends the reading: that is how an
// answer with too many elements is refused before there is memory for them.
RedisReply* place_of(const redisReadTask* task) {
    if (task->parent == nullptr)
        return new (std::nothrow) RedisReply;
    return &static_cast<RedisReply*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
}

void* create_string(const redisReadTask* task, char* text, std::size_t size) {
    RedisReply* reply = place_of(task);
    if (reply == nullptr)
        return nullptr;
    using Kind = RedisReply::Kind;
    reply->kind =
        task->type == REDIS_REPLY_ERROR ? Kind::error : (task->type == REDIS_REPLY_STATUS ? Kind::status : Kind::text);
    reply->text.assign(text, size);
    return reply;
}

// The size is an int in hiredis 0.14 and a size_t later.
template <class Size>
void* create_array(const redisReadTask* task, Size size) {
    auto* elements = static_cast<std::size_t*>(task->privdata);
    const auto count = static_cast<std::size_t>(size);
    if (count > most_elements - *elements)
        return nullptr;
    *elements += count;
    RedisReply* reply = place_of(task);
    if (reply == nullptr)
        return nullptr;
    reply->kind = RedisReply::Kind::array;
    reply->items.resize(count);
    return reply;
}

void* create_integer(const redisReadTask* task, long long value) {
    RedisReply* reply = place_of(task);
    if (reply == nullptr)
        return nullptr;
    reply->kind = RedisReply::Kind::integer;
    reply->integer = value;
    return reply;
}

void* create_nil(const redisReadTask* task) {
    return place_of(task);
}

void free_object(void* root) {
    delete static_cast<RedisReply*>(root);
}

// Later versions of hiredis read RESP3 too; we never ask for it, so what looks like it is refused.
template <class Functions>
Functions make_functions() {
    Functions functions{};
    functions.createString = &create_string;
    functions.createArray = &create_array;
    functions.createInteger = &create_integer;
    functions.createNil = &create_nil;
    functions.freeObject = &free_object;
    if constexpr (requires { functions.createDouble; })
        functions.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* { return nullptr; };
    if constexpr (requires { functions.createBool; })
        functions.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
    return functions;
}

redisReader* make_reader(std::size_t* elements) {
    static redisReplyObjectFunctions functions = make_functions<redisReplyObjectFunctions>();
    redisReader* reader = ::redisReaderCreateWithFunctions(&functions);
    if (reader == nullptr)
        throw std::bad_alloc();
    reader->privdata = elements;
    return reader;
}

}  // namespace

std::string encode_redis_command(const RedisWords& words) {
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
        starts.push_back(word.data());
        sizes.push_back(word.size());
    }
    char* text = nullptr;
    const int size = ::redisFormatCommandArgv(&text, static_cast<int>(words.size()), starts.data(), sizes.data());
    if (size < 0)
        throw std::bad_alloc();
    std::string encoded(text, static_cast<std::size_t>(size));
    wipe(text, encoded.size());  // it may be the password
    ::redisFreeCommand(text);
    return encoded;
}

void RedisReader::Release::operator()(redisReader* reader) const noexcept {
    ::redisReaderFree(reader);
}

RedisReader::RedisReader(std::size_t answer_limit) : answer_limit_(answer_limit), reader_(make_reader(&elements_)) {}

RedisReader::~RedisReader() = default;

void RedisReader::feed(std::string_view bytes) {
    fed_ += bytes.size();
    ::redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

Result<std::optional<RedisReply>> RedisReader::next() {
    void* object = nullptr;
    if (::redisReaderGetReply(reader_.get(), &object) != REDIS_OK)
        return failure(Errc::provider_error, "What came is not an answer of Redis, or has too many elements.");
    if (object == nullptr) {
        if (fed_ > answer_limit_)
            return failure(Errc::provider_error, "An answer of Redis is longer than is read.");
        return std::optional<RedisReply>();
    }
    const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(object));
    fed_ = reader_->len - reader_->pos;
    elements_ = 0;
    return std::optional(std::move(*reply));
}

}  // namespace evergrant::net
