#include "cache/news.h"

#include <charconv>
#include <memory>

namespace evergrant::cache {

namespace {

constexpr std::string_view replaced_word = "replaced";
constexpr std::string_view removed_word = "removed";
constexpr std::string_view keys_word = "keys";

/// Takes the first word off `text`; words are parted by one blank.
std::string_view take_word(std::string_view& text) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return word;
}

}  // namespace

std::string to_text(const News& news) {
    if (news.kind == News::Kind::keys)
        return std::string(keys_word);
    std::string text(news.kind == News::Kind::replaced ? replaced_word : removed_word);
    text += " " + std::to_string(news.generation) + " " + news.key.tenant.str() + " " + news.key.integration.str();
    return text;
}

std::optional<News> parse_news(std::string_view text) {
    if (text == keys_word)
        return News{.kind = News::Kind::keys, .key = {}, .generation = 0};
    const std::string_view kind = take_word(text);
    if (kind != replaced_word && kind != removed_word)
        return std::nullopt;
    News news{.kind = kind == replaced_word ? News::Kind::replaced : News::Kind::removed, .key = {}, .generation = 0};
    const std::string_view generation = take_word(text);
    const char* const begin = std::to_address(generation.begin());
    const char* const end = begin + generation.size();
    const auto read = std::from_chars(begin, end, news.generation);
    auto tenant = TenantId::parse(take_word(text));
    auto integration = IntegrationId::parse(text);
    if (read.ec != std::errc() || read.ptr != end || !tenant || !integration)
        return std::nullopt;
    news.key = {.tenant = std::move(*tenant), .integration = std::move(*integration)};
    return news;
}

}  // namespace evergrant::cache
