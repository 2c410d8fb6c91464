#include "app/commands/audit_file.h"

#include "api/parameters.h"
#include "crypto/encoding.h"
#include "storage/audit.h"

#include <boost/json/parse.hpp>

#include <fstream>
#include <optional>
#include <sstream>

namespace evergrant::app {

namespace {

struct Row {
    std::uint64_t sequence{0};
    std::string hash;
    storage::AuditEvent event;
};

/// `2026-01-31T12:00:00.123Z`
std::optional<Instant> time_of(std::string text) {
    constexpr std::size_t rest_size = 5;  // .123Z
    if (text.size() < rest_size || text[text.size() - rest_size] != '.')
        return std::nullopt;
    const std::string digits = text.substr(text.size() - rest_size + 1, 3);
    if (digits.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    text.replace(text.size() - rest_size, rest_size, "Z");
    const auto seconds = api::parse_iso8601(text);
    if (!seconds)
        return std::nullopt;
    return Instant(*seconds) + std::chrono::milliseconds(std::stoi(digits));
}

std::optional<Row> row_of(const std::string& line) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(line, error);
    if (error || !value.is_object())
        return std::nullopt;
    const auto& object = value.get_object();
    const auto text = [&object](std::string_view name) {
        const auto* member = object.if_contains(name);
        return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
    };
    const auto* number = object.if_contains("sequence");
    const auto at = time_of(text("at"));
    auto hash = crypto::from_hex(text("hash"));
    if (number == nullptr || !at || !hash)
        return std::nullopt;
    Row row;
    row.sequence = number->to_number<std::uint64_t>(error);
    row.hash = std::move(*hash);
    row.event = {.at = *at,
                 .actor = text("actor"),
                 .role = text("role"),
                 .action = text("action"),
                 .tenant = text("tenant"),
                 .integration = text("integration"),
                 .outcome = text("outcome"),
                 .address = text("address"),
                 .request_id = text("requestId"),
                 .detail = text("detail")};
    return error ? std::nullopt : std::optional(std::move(row));
}

/// Goes from the newest to the oldest, as the export does. A row is judged when the one before it is known.
class FileCheck {
public:
    explicit FileCheck(const boost::json::object* checkpoint) {
        if (checkpoint == nullptr)
            return;
        boost::system::error_code error;
        const auto* number = checkpoint->if_contains("sequence");
        const auto* hash = checkpoint->if_contains("hash");
        kept_.sequence = number == nullptr ? 0 : number->to_number<std::uint64_t>(error);
        if (hash != nullptr && hash->is_string())
            kept_.hash = crypto::from_hex(std::string_view(hash->get_string())).value_or("");
        wants_checkpoint_ = true;
    }

    /// What is wrong, in one sentence; empty: nothing.
    std::string add(Row row) {
        ++rows_;
        if (row.sequence == kept_.sequence && wants_checkpoint_) {
            met_checkpoint_ = true;
            if (row.hash != kept_.hash)
                return "Row " + std::to_string(row.sequence) + " is not the one of the checkpoint.";
        }
        std::string wrong;
        if (last_)
            wrong = judge(*last_, row.sequence, row.hash);
        last_ = std::move(row);
        return wrong;
    }

    std::string end() {
        if (last_ && last_->sequence == 1) {
            if (std::string wrong = judge(*last_, 0, std::string(32, '\0')); !wrong.empty())
                return wrong;
        }
        if (wants_checkpoint_ && !met_checkpoint_)
            return "The export does not hold row " + std::to_string(kept_.sequence) + " of the checkpoint.";
        return "";
    }

    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

private:
    static std::string judge(const Row& row, std::uint64_t before, const std::string& hash_before) {
        if (row.sequence != before + 1)
            return "Row " + std::to_string(row.sequence - 1) + " is missing, or the export is a choice of rows.";
        if (storage::audit_hash(hash_before, row.sequence, row.event) != row.hash)
            return "Row " + std::to_string(row.sequence) + " is not as it was written, or the row before it is not.";
        return "";
    }

    storage::AuditPosition kept_;
    bool wants_checkpoint_{false};
    bool met_checkpoint_{false};
    std::optional<Row> last_;
    std::uint64_t rows_{0};
};

}  // namespace

std::expected<boost::json::object, std::string> read_checkpoint(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text.str(), error);
    if (!in || error || !value.is_object())
        return std::unexpected("The file " + file.string() + " holds no checkpoint.");
    return value.get_object();
}

ExitCode verify_exported(CommandContext& context, const AuditVerify& order) {
    std::optional<boost::json::object> checkpoint;
    if (!order.checkpoint.empty()) {
        auto kept = read_checkpoint(order.checkpoint);
        if (!kept)
            return report(context, ExitCode::usage, kept.error());
        checkpoint = std::move(*kept);
    }
    std::ifstream in(order.exported);
    if (!in)
        return report(context, ExitCode::usage, "The file " + order.exported.string() + " cannot be read.");
    FileCheck check(checkpoint ? &*checkpoint : nullptr);
    std::string line;
    while (std::getline(in, line)) {
        auto row = row_of(line);
        if (!row)
            return report(context, ExitCode::failed,
                          "Line " + std::to_string(check.rows() + 1) + " is no audit event.");
        if (const std::string wrong = check.add(std::move(*row)); !wrong.empty())
            return report(context, ExitCode::failed, wrong);
    }
    if (const std::string wrong = check.end(); !wrong.empty())
        return report(context, ExitCode::failed, wrong);
    context.out << check.rows() << " events follow each other as they were written.\n";
    return ExitCode::ok;
}

}  // namespace evergrant::app
