#include "net/mail_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Mail mail() {
    Mail one;
    one.from = "alerts@example.com";
    one.to = {"a@example.com", "b@example.com"};
    one.subject = "OAuth Token invalid: acme/zoho_crm";
    one.text = "One line\nand another\n";
    one.message_id = "alert_1@example.com";
    one.date = std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000));
    return one;
}

TEST(MailMessageTest, a_mail_has_its_headers_and_its_text_in_base64) {
    EXPECT_EQ(to_internet_message(mail()),
              "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n"
              "From: Evergrant <alerts@example.com>\r\n"
              "To: <a@example.com>,\r\n <b@example.com>\r\n"
              "Message-ID: <alert_1@example.com>\r\n"
              "Subject: OAuth Token invalid: acme/zoho_crm\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: base64\r\n"
              "\r\n"
              "T25lIGxpbmUKYW5kIGFub3RoZXIK\r\n");
}

TEST(MailMessageTest, no_line_break_in_a_subject_begins_a_header) {
    Mail one = mail();
    one.subject = "Hello\r\nBcc: everybody@example.com";

    EXPECT_THAT(to_internet_message(one), Not(HasSubstr("\r\nBcc:")));
}

TEST(MailMessageTest, a_subject_beyond_ascii_is_encoded_in_short_words) {
    Mail one = mail();
    one.subject = "Grüße";
    EXPECT_THAT(to_internet_message(one), HasSubstr("Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"));

    one.subject.clear();
    for (int i = 0; i < 60; ++i)
        one.subject += "ü";
    const std::string text = to_internet_message(one);
    for (std::size_t begin = 0, end = 0; (end = text.find("\r\n", begin)) != std::string::npos; begin = end + 2)
        EXPECT_LE(end - begin, 90U);
}

TEST(MailMessageTest, long_texts_are_cut_into_lines) {
    Mail one = mail();
    one.text = std::string(1'000, 'x');
    const std::string text = to_internet_message(one);
    const std::size_t body = text.find("\r\n\r\n") + 4;

    EXPECT_EQ(text.find("\r\n", body) - body, 76U);
}

TEST(MailMessageTest, an_address_cannot_say_more_than_an_address) {
    EXPECT_TRUE(is_mail_address("ops+alerts@mail.example.com"));
    for (const std::string text : {"", "ops", "@example.com", "ops@", "a@b@c", "ops@example.com>", "<ops@example.com",
                                   "ops@example.com\r\nDATA", "o ps@example.com", "a,b@example.com"})
        EXPECT_FALSE(is_mail_address(text)) << text;
}

TEST(MailMessageTest, a_mail_server_is_an_smtp_url) {
    for (const std::string text : {"smtp://mail", "smtp://user:pass@mail.example.com:587", "smtps://mail:465/"})
        EXPECT_TRUE(is_mail_server_url(text)) << text;
    for (const std::string text : {"", "mail", "https://mail", "smtp://", "smtp://mail/inbox", "smtp://mail?x=1"})
        EXPECT_FALSE(is_mail_server_url(text)) << text;
}

}  // namespace
}  // namespace evergrant::net
