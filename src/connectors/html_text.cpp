#include "connectors/html_text.h"

#include <algorithm>
#include <array>

namespace evergrant::connectors {

namespace {

struct Entity {
    std::string_view name;
    char sign;
};
constexpr std::array entities{
    Entity{"&amp;", '&'},  Entity{"&lt;", '<'},   Entity{"&gt;", '>'},
    Entity{"&quot;", '"'}, Entity{"&#39;", '\''}, Entity{"&nbsp;", ' '},
};

bool breaks_the_line(std::string_view tag) {
    std::string lower;
    std::ranges::transform(tag.substr(0, 3), std::back_inserter(lower),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower == "br" || lower.starts_with("br/") || lower.starts_with("br ") || lower == "/p" || lower == "/li" ||
           lower == "/di";
}

/// Takes one tag, entity or character from the front.
void take_one(std::string_view& html, std::string& text) {
    if (html.front() == '<') {
        const std::size_t end = std::min(html.find('>'), html.size() - 1);
        if (breaks_the_line(html.substr(1, end - 1)))
            text += '\n';
        html.remove_prefix(end + 1);
        return;
    }
    const auto entity = std::ranges::find_if(entities, [&](const Entity& one) { return html.starts_with(one.name); });
    text += entity == entities.end() ? html.front() : entity->sign;
    html.remove_prefix(entity == entities.end() ? 1 : entity->name.size());
}

}  // namespace

std::string to_html(std::string_view text) {
    std::string html;
    for (const char c : text) {
        switch (c) {
            case '&': html += "&amp;"; break;
            case '<': html += "&lt;"; break;
            case '>': html += "&gt;"; break;
            case '"': html += "&quot;"; break;
            case '\'': html += "&#39;"; break;
            case '\n': html += "<br>"; break;
            case '\r': break;
            default: html += c;
        }
    }
    return html;
}

std::string text_of_html(std::string_view html) {
    std::string text;
    while (!html.empty())
        take_one(html, text);
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

}  // namespace evergrant::connectors
