#include "app/setting.h"

#include <algorithm>

namespace evergrant::app {

namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return std::string(text.substr(begin, text.find_last_not_of(blanks) - begin + 1));
}

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

const Setting* find_setting(std::string_view name) {
    const auto found = std::ranges::find(settings(), name, &Setting::name);
    return found == settings().end() ? nullptr : &*found;
}

std::string environment_name(const Setting& setting) {
    std::string name = "EVERGRANT_";
    for (const char c : setting.name)
        name += c == '.' ? '_' : upper(c);
    return name;
}

std::vector<std::string> environment_names(const Setting& setting) {
    std::vector<std::string> names{environment_name(setting)};
    names.insert(names.end(), setting.also.begin(), setting.also.end());
    return names;
}

Items items_of(const Setting& setting, std::string_view text) {
    if (!setting.kind.is_list)
        return {trimmed(text)};
    Items items;
    while (true) {
        const std::size_t comma = text.find(',');
        items.push_back(trimmed(text.substr(0, comma)));
        if (comma == std::string_view::npos)
            return items;
        text.remove_prefix(comma + 1);
    }
}

}  // namespace evergrant::app
