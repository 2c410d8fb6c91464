#include "oauth/form.h"

#include "oauth/provider_text.h"

#include <boost/url/encode.hpp>
#include <boost/url/grammar/string_token.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <optional>
#include <unordered_set>
#include <utility>

namespace evergrant::oauth {

namespace {

namespace urls = boost::urls;

constexpr std::size_t longest_escape = 3;

urls::encoding_opts spaces_as_plus() noexcept {
    urls::encoding_opts options;
    options.space_as_plus = true;
    return options;
}

/// Room for the result must be there already: the library does not expect allocation to fail here.
void append_encoded(std::string& out, std::string_view text) {
    urls::encode(text, urls::unreserved_chars, spaces_as_plus(), urls::string_token::append_to(out));
}

std::optional<std::string> decode(std::string_view text) {
    const auto escaped = urls::make_pct_string_view(text);
    if (escaped.has_error())
        return std::nullopt;
    std::string decoded = escaped->decode(spaces_as_plus());
    if (decoded.find('\0') != std::string::npos || !is_utf8(decoded))
        return std::nullopt;
    return decoded;
}

}  // namespace

std::string form_encode(std::string_view text) {
    return urls::encode(text, urls::unreserved_chars, spaces_as_plus());
}

std::string url_encode(std::string_view text) {
    return urls::encode(text, urls::unreserved_chars);
}

std::string with_query(std::string_view url, std::string_view query) {
    std::string result(url.substr(0, url.find('#')));
    if (query.empty())
        return result;
    const std::size_t question = result.find('?');
    if (question == std::string::npos)
        result += '?';
    else if (question + 1 != result.size() && !result.ends_with('&'))
        result += '&';
    result += query;
    return result;
}

void FormWriter::add(std::string_view name, std::string_view value) {
    if (value.empty())
        return;
    make_room(2 + longest_escape * (name.size() + value.size()));
    if (!text_.empty())
        text_ += '&';
    append_encoded(text_, name);
    text_ += '=';
    append_encoded(text_, value);
}

SecretString FormWriter::take() {
    return SecretString(std::exchange(text_, {}));
}

void FormWriter::make_room(std::size_t size) {
    if (text_.capacity() - text_.size() >= size)
        return;
    std::string wider;
    wider.reserve(2 * (text_.size() + size));
    wider += text_;
    wipe(text_.data(), text_.size());
    text_ = std::move(wider);
}

std::expected<std::vector<FormParameter>, FormProblem> read_form(std::string_view text, std::size_t most) {
    std::vector<FormParameter> parameters;
    std::unordered_set<std::string> names;
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view pair = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (pair.empty())
            continue;
        if (parameters.size() == most)
            return std::unexpected(FormProblem::too_many);
        const std::size_t equals = pair.find('=');
        auto name = decode(pair.substr(0, equals));
        auto value = decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
        if (!name || !value)
            return std::unexpected(FormProblem::badly_encoded);
        if (!names.insert(*name).second)
            return std::unexpected(FormProblem::repeated);
        parameters.push_back({std::move(*name), std::move(*value)});
    }
    return parameters;
}

}  // namespace evergrant::oauth
