#include "net/mail_client.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace evergrant::net {

namespace {

constexpr std::size_t line_of_base64 = 57;    // bytes that fill a line of 76 characters
constexpr std::size_t word_of_a_header = 42;  // bytes that fit an encoded word of 75 characters

std::string to_base64(std::string_view bytes) {
    std::vector<unsigned char> text((bytes.size() + 2) / 3 * 4 + 1);
    const std::vector<unsigned char> plain(bytes.begin(), bytes.end());
    const int length = EVP_EncodeBlock(text.data(), plain.data(), static_cast<int>(plain.size()));
    return {text.begin(), text.begin() + length};
}

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// Where a piece of at most `longest` bytes ends that leaves no character of UTF-8 in two.
std::size_t end_of_piece(std::string_view text, std::size_t longest) {
    constexpr unsigned char mask = 0xC0;
    constexpr unsigned char continuation = 0x80;
    if (text.size() <= longest)
        return text.size();
    std::size_t end = longest;
    while (end > 1 && (static_cast<unsigned char>(text[end]) & mask) == continuation)
        --end;
    return end;
}

/// RFC 2047, if it is not plain ASCII; no line break survives.
std::string header_text(std::string_view text) {
    if (is_plain(text))
        return std::string(text);
    std::string words;
    while (!text.empty()) {
        const std::size_t length = end_of_piece(text, word_of_a_header);
        words += (words.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + to_base64(text.substr(0, length)) + "?=";
        text.remove_prefix(length);
    }
    return words;
}

/// RFC 5322 3.3, in UTC, whatever the locale.
std::string date_of(std::chrono::sys_seconds date) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = date.time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    const int length = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                                     days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                     months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                                     parts.tm_hour, parts.tm_min, parts.tm_sec);
    return {text.data(), static_cast<std::size_t>(std::max(length, 0))};
}

std::string in_lines(std::string_view bytes) {
    std::string lines;
    for (std::size_t at = 0; at < bytes.size(); at += line_of_base64)
        lines += to_base64(bytes.substr(at, line_of_base64)) + "\r\n";
    return lines;
}

}  // namespace

bool is_mail_address(std::string_view text) {
    constexpr std::size_t longest = 254;
    constexpr std::string_view forbidden = "<>()[]\\,;:\"";
    const std::size_t at = text.find('@');
    return at != std::string_view::npos && at != 0 && at + 1 != text.size() && at == text.rfind('@') &&
           text.size() <= longest &&
           std::ranges::all_of(text, [&](char c) { return c > ' ' && c <= '~' && !forbidden.contains(c); });
}

bool is_mail_server_url(std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    return url && (url->scheme() == "smtp" || url->scheme() == "smtps") && !url->encoded_host().empty() &&
           (url->encoded_path().empty() || url->encoded_path() == "/") && !url->has_query() && !url->has_fragment();
}

std::string to_internet_message(const Mail& mail) {
    std::string recipients;
    for (const std::string& one : mail.to)
        recipients += (recipients.empty() ? "<" : ",\r\n <") + one + ">";
    return "Date: " + date_of(mail.date) + "\r\nFrom: Evergrant <" + mail.from + ">\r\nTo: " + recipients +
           "\r\nMessage-ID: <" + mail.message_id + ">\r\nSubject: " + header_text(mail.subject) +
           "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           in_lines(mail.text);
}

}  // namespace evergrant::net
