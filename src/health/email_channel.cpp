#include "health/email_channel.h"

#include "health/alert_routing.h"

#include <utility>

namespace evergrant::health {

std::string_view EmailChannel::name() const noexcept {
    return channel::email;
}

async::Task<Result<void>> EmailChannel::send(AlertMessage message, async::Deadline deadline) {
    const std::string& from = letterhead_.from;
    net::Mail mail;
    mail.from = from;
    mail.to = letterhead_.to;
    mail.subject = message.title;
    mail.text = plain_text(message);
    mail.message_id = message.id + from.substr(from.find('@'));
    mail.date = clock_.now_seconds();
    auto sent = co_await mail_->send(std::move(mail), deadline);
    co_return sent;
}

}  // namespace evergrant::health
