#include "storage/rescue_record.h"

#include <boost/json/array.hpp>
#include <boost/json/memory_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serializer.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <exception>
#include <new>
#include <utility>

namespace evergrant::storage {
namespace {

namespace json = boost::json;

constexpr std::size_t deepest = 1024;

/// Memory that is wiped when it is given back: a JSON value in it leaves no secret behind.
class WipedMemory final : public json::memory_resource {
private:
    void* do_allocate(std::size_t size, std::size_t alignment) override {
        return ::operator new(size, std::align_val_t(alignment));
    }
    void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
        wipe(memory, size);
        ::operator delete(memory, std::align_val_t(alignment));
    }
    [[nodiscard]] bool do_is_equal(const json::memory_resource& other) const noexcept override {
        return this == &other;
    }
};

template <class Time>
json::value number_of(const std::optional<Time>& time) {
    return time ? json::value(time->time_since_epoch().count()) : json::value(nullptr);
}

template <class Time>
std::optional<Time> time_of(const json::value& number) {
    if (number.is_null())
        return std::nullopt;
    return Time(typename Time::duration(number.as_int64()));
}

std::string text_of(const json::value& value) {
    const auto& text = value.as_string();
    return {text.data(), text.size()};
}

json::array array_of(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts)
        array.emplace_back(text);
    return array;
}

/// To a string that never grows, because growing leaves copies behind.
SecretString text_of_secret(const json::value& value) {
    json::serializer serializer;
    std::array<char, 4096> piece;
    std::size_t size = 0;
    serializer.reset(&value);
    while (!serializer.done())
        size += serializer.read(piece.data(), piece.size()).size();
    wipe(piece.data(), piece.size());

    std::string text(size, '\0');
    serializer.reset(&value);
    serializer.read(text.data(), text.size());
    return SecretString(std::move(text));
}

oauth::ReplacedToken replaced_of(const json::object& members) {
    oauth::ReplacedToken replaced;
    replaced.refresh_token = SecretString(text_of(members.at("refresh_token")));
    replaced.at = Instant(std::chrono::milliseconds(members.at("at").as_int64()));
    return replaced;
}

RefreshedGrant grant_of(const json::object& members) {
    RefreshedGrant rescued;
    rescued.lease.key.tenant = TenantId(text_of(members.at("tenant")));
    rescued.lease.key.integration = IntegrationId(text_of(members.at("integration")));
    rescued.lease.owner = text_of(members.at("owner"));
    rescued.lease.generation = members.at("generation").to_number<Generation>();
    rescued.lease.expires_at = Instant(std::chrono::milliseconds(members.at("lease_expires_at").as_int64()));
    rescued.refresh_due_at = time_of<Instant>(members.at("refresh_due_at"));
    auto& tokens = rescued.tokens;
    tokens.access_token = SecretString(text_of(members.at("access_token")));
    tokens.refresh_token = SecretString(text_of(members.at("refresh_token")));
    tokens.token_type = text_of(members.at("token_type"));
    tokens.expires_at = time_of<sys_seconds>(members.at("expires_at"));
    tokens.lifetime = std::chrono::seconds(members.at("lifetime").as_int64());
    for (const auto& scope : members.at("scopes").as_array())
        tokens.scopes.push_back(text_of(scope));
    tokens.metadata = json::object(members.at("metadata").as_object(), json::storage_ptr());
    if (const auto* replaced = members.if_contains("replaced"))
        tokens.replaced = replaced_of(replaced->as_object());
    return rescued;
}

}  // namespace

SecretString write_rescued(const RefreshedGrant& rescued) {
    WipedMemory memory;
    // Without check_at and dies_at: those that stand will do until the next refresh.
    const Lease& lease = rescued.lease;
    const oauth::TokenSet& tokens = rescued.tokens;
    json::value value(
        {
            {"tenant", lease.key.tenant.str()},
            {"integration", lease.key.integration.str()},
            {"owner", lease.owner},
            {"generation", lease.generation},
            {"lease_expires_at", lease.expires_at.time_since_epoch().count()},
            {"refresh_due_at", number_of(rescued.refresh_due_at)},
            {"access_token", tokens.access_token.reveal()},
            {"refresh_token", tokens.refresh_token.reveal()},
            {"token_type", tokens.token_type},
            {"expires_at", number_of(tokens.expires_at)},
            {"lifetime", tokens.lifetime.count()},
            {"scopes", array_of(tokens.scopes)},
            {"metadata", tokens.metadata},
        },
        &memory);
    if (tokens.replaced)
        value.as_object()["replaced"] = {{"refresh_token", tokens.replaced->refresh_token.reveal()},
                                         {"at", tokens.replaced->at.time_since_epoch().count()}};
    return text_of_secret(value);
}

std::optional<RefreshedGrant> read_rescued(const SecretString& text) {
    WipedMemory memory;
    try {
        // Whatever a provider made us write must be read again: the seal vouches for it, not the parser.
        json::parse_options options;
        options.max_depth = deepest;
        options.allow_invalid_utf8 = true;
        json::parser parser(&memory, options);
        parser.reset(&memory);
        parser.write(text.reveal());
        const auto value = parser.release();
        return grant_of(value.as_object());
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace evergrant::storage
