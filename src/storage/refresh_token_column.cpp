#include "storage/refresh_token_column.h"

#include "storage/length_prefixed.h"

#include <string>
#include <string_view>
#include <utility>

namespace evergrant::storage {

namespace {

constexpr char longer_form = 0x01;
constexpr unsigned number_size = 8;

}  // namespace

SecretString to_refresh_token_column(const oauth::TokenSet& tokens) {
    const std::string& current = tokens.refresh_token.reveal();
    if (current.empty() || (!tokens.replaced && current.front() != longer_form))
        return tokens.refresh_token.clone();
    std::string text;
    // To its full length at once: growing leaves copies behind.
    text.reserve(1 + 2 * number_size + current.size() +
                 (tokens.replaced ? tokens.replaced->refresh_token.reveal().size() : 0));
    text += longer_form;
    append_field(text, current);
    if (tokens.replaced) {
        append_number(text, static_cast<std::uint64_t>(tokens.replaced->at.time_since_epoch().count()), number_size);
        text += tokens.replaced->refresh_token.reveal();
    }
    return SecretString(std::move(text));
}

void read_refresh_token_column(SecretString column, oauth::TokenSet& tokens) {
    tokens.replaced.reset();
    std::string_view rest = column.reveal();
    if (!rest.starts_with(longer_form)) {
        tokens.refresh_token = std::move(column);
        return;
    }
    rest.remove_prefix(1);
    const std::uint64_t size = read_number(rest.substr(0, number_size));
    if (rest.size() < number_size || size > rest.size() - number_size) {
        tokens.refresh_token = std::move(column);
        return;
    }
    rest.remove_prefix(number_size);
    tokens.refresh_token = SecretString(std::string(rest.substr(0, size)));
    rest.remove_prefix(size);
    if (rest.size() <= number_size)
        return;
    const auto at = std::chrono::milliseconds(static_cast<std::int64_t>(read_number(rest.substr(0, number_size))));
    oauth::ReplacedToken replaced;
    replaced.at = std::chrono::sys_time<std::chrono::milliseconds>(at);
    replaced.refresh_token = SecretString(std::string(rest.substr(number_size)));
    tokens.replaced = std::move(replaced);
}

}  // namespace evergrant::storage
