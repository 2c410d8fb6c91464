#pragma once
//
// EmailChannel: alerts as plain mail to all recipients at once.
//
#include "base/clock.h"
#include "health/alert_channel.h"
#include "net/mail_client.h"

#include <memory>
#include <string>
#include <vector>

namespace evergrant::health {

class EmailChannel final : public AlertChannel {
public:
    struct Letterhead {
        std::string from;
        std::vector<std::string> to;
    };
    /// `clock` outlives it.
    EmailChannel(std::unique_ptr<net::MailClient> mail, const Clock& clock, Letterhead letterhead)
        : mail_(std::move(mail)), clock_(clock), letterhead_(std::move(letterhead)) {}

    [[nodiscard]] std::string_view name() const noexcept override;
    [[nodiscard]] async::Task<Result<void>> send(AlertMessage message, async::Deadline deadline) override;

private:
    std::unique_ptr<net::MailClient> mail_;
    const Clock& clock_;
    Letterhead letterhead_;
};

}  // namespace evergrant::health
