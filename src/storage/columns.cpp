#include "storage/columns.h"

#include "crypto/encoding.h"
#include "storage/length_prefixed.h"
#include "storage/store_exception.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace evergrant::storage {

namespace {

constexpr char separator = '/';
constexpr std::size_t length_bytes = 8;

[[noreturn]] void refuse_column() {
    throw StoreException(
        Error{.code = Errc::internal_error, .message = "A row of the store is not as it was written."});
}

boost::json::value parse(std::string_view column) {
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(column, error);
    if (error)
        refuse_column();
    return value;
}

std::string string_of(const boost::json::value& value) {
    if (!value.is_string())
        refuse_column();
    return std::string(value.get_string());
}

}  // namespace

std::string to_column(const std::vector<std::string>& list) {
    boost::json::array array;
    for (const std::string& text : list)
        array.emplace_back(text);
    return boost::json::serialize(array);
}

std::string to_column(const catalog::Parameters& map) {
    boost::json::object object;
    for (const auto& [name, value] : map)
        object.emplace(name, value);
    return boost::json::serialize(object);
}

std::string to_column(const std::optional<oauth::Identity>& identity) {
    if (!identity)
        return {};
    const boost::json::object object{{"issuer", identity->issuer},
                                     {"subject", identity->subject},
                                     {"email", identity->email},
                                     {"name", identity->name}};
    return boost::json::serialize(object);
}

std::optional<oauth::Identity> identity_from(std::string_view column) {
    if (column.empty())
        return std::nullopt;
    const catalog::Parameters members = parameters_from(column);
    const auto text = [&members](const char* name) {
        const auto found = members.find(name);
        return found == members.end() ? std::string() : found->second;
    };
    oauth::Identity identity;
    identity.issuer = text("issuer");
    identity.subject = text("subject");
    identity.email = text("email");
    identity.name = text("name");
    return identity;
}

std::vector<std::string> list_from(std::string_view column) {
    std::vector<std::string> list;
    for (const boost::json::value& value : array_from(column))
        list.push_back(string_of(value));
    return list;
}

catalog::Parameters parameters_from(std::string_view column) {
    catalog::Parameters map;
    for (const auto& member : object_from(column))
        map.emplace(std::string(member.key()), string_of(member.value()));
    return map;
}

boost::json::array array_from(std::string_view column) {
    boost::json::value value = parse(column);
    if (!value.is_array())
        refuse_column();
    return std::move(value.get_array());
}

boost::json::object object_from(std::string_view column) {
    boost::json::value value = parse(column);
    if (!value.is_object())
        refuse_column();
    return std::move(value.get_object());
}

SecretString pack(const std::vector<SecretString>& secrets) {
    std::size_t size = 0;
    for (const SecretString& secret : secrets)
        size += length_bytes + secret.reveal().size();
    std::string packed;
    packed.reserve(size);  // growing would leave copies behind unwiped
    for (const SecretString& secret : secrets)
        append_field(packed, secret.reveal());
    return SecretString(std::move(packed));
}

std::vector<SecretString> unpack(const SecretString& packed) {
    std::vector<SecretString> secrets;
    std::string_view rest = packed.reveal();
    while (!rest.empty()) {
        if (rest.size() < length_bytes)
            refuse_column();
        const std::uint64_t length = read_number(rest.substr(0, length_bytes));
        rest.remove_prefix(length_bytes);
        if (rest.size() < length)
            refuse_column();
        secrets.emplace_back(std::string(rest.substr(0, length)));
        rest.remove_prefix(length);
    }
    return secrets;
}

std::string cursor_after(std::initializer_list<std::string_view> parts) {
    std::string joined;
    for (const std::string_view part : parts) {
        if (!joined.empty())
            joined.push_back(separator);
        joined.append(part);
    }
    return crypto::to_base64url(crypto::bytes_of(joined));
}

Result<std::vector<std::string>> parts_of(std::string_view cursor, std::size_t count) {
    if (cursor.empty())
        return std::vector<std::string>(count);
    std::vector<std::string> parts;
    if (const auto joined = crypto::from_base64url(cursor)) {
        std::size_t start = 0;
        while (start <= joined->size()) {
            const std::size_t end = std::min(joined->find(separator, start), joined->size());
            parts.push_back(joined->substr(start, end - start));
            start = end + 1;
        }
    }
    if (parts.size() != count)
        return failure(Errc::invalid_request, "The cursor is not one that this list gave; begin without one.");
    return parts;
}

}  // namespace evergrant::storage
